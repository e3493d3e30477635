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
  window.patchbayState = fetch('/api/v1/auth/state', { headers: { Accept: 'application/json' } }).catch(function () {
    return null;
  });
  var pages = JSON.parse(document.currentScript.dataset.pages);
  var page = pages.find(function (each) {
    return new RegExp(each[0]).test(location.pathname);
  });
  (page ? page[1] : []).forEach(function (file) {
    var link = document.createElement('link');
    link.rel = 'modulepreload';
    link.href = '/' + file;
    document.head.append(link);
  });
})();
