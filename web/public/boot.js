// Runs before anything else. A file of its own because the content security policy allows no inline script.
(function () {
  // Before the first paint, so that a dark page never flashes white.
  var choice = 'system';
  try {
    choice = localStorage.getItem('patchbay.theme') || 'system';
  } catch {
    /* storage refused: follow the system */
  }
  var dark = choice === 'dark' || (choice === 'system' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';

  // What the page asks first, and the code it is made of, while the entry is still on its way.
  var asked = (window.patchbayEarly = {});
  var ask = function (url) {
    return fetch(url, { headers: { Accept: 'application/json' } })
      .then(function (answer) {
        // Read even if refused: an answer that is left unread keeps its connection.
        return answer.text().then(function (text) {
          JSON.parse(text);
          return answer.ok ? text : null;
        });
      })
      .catch(function () {
        return null;
      });
  };
  var state = (asked['/api/v1/auth/state'] = ask('/api/v1/auth/state'));
  var signedIn = state.then(function (text) {
    return Boolean(text && JSON.parse(text).me);
  });
  JSON.parse(document.currentScript.dataset.pages).some(function (page) {
    var match = new RegExp(page[0]).exec(location.pathname);
    if (!match) return false;
    // The line that `isNarrow` of lib/hooks.ts draws.
    var narrow = matchMedia('(max-width: 719.98px)').matches;
    page[1].concat(narrow ? [] : page[3]).forEach(function (file) {
      var link = document.createElement('link');
      link.rel = 'modulepreload';
      link.fetchPriority = 'low';
      link.href = '/' + file;
      document.head.append(link);
    });
    // A search or filter in the address asks other questions.
    if (!location.search) {
      page[2].forEach(function (path) {
        var url = '/api/v1' + path.replace('$1', match[1]).replace('$2', match[2]);
        asked[url] = signedIn.then(function (yes) {
          return yes ? ask(url) : null;
        });
      });
    }
    return true;
  });
})();
