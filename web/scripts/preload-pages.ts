import type { Plugin } from 'vite';

const LAYOUT = 'src/layout/ProjectLayout.tsx';
const CANVAS = 'src/features/flows/canvas/Canvas.tsx';
const COUNTS = '/projects/$1/connections/counts';

/**
 * What a page that is opened by its address needs besides the entry, by the form of its address: its modules, what it
 * asks of the API (`$1`: the project in the address, `$2`: what is shown of it), and the modules that only a wide screen
 * needs. `api/early.test.ts` holds the questions to what the page asks.
 */
export const PAGES: readonly (readonly [address: string, modules: readonly string[], asks: readonly string[], wide?: readonly string[]])[] = [
  ['^/login$', ['src/features/auth/LoginPage.tsx'], []],
  [
    '^/p/([^/]+)/connections/?$',
    [LAYOUT, 'src/features/connections/ListPage.tsx'],
    ['/projects/$1/connections?attention=true&sort=-flows&limit=20', '/projects/$1/connections?sort=name&limit=25', COUNTS],
  ],
  ['^/p/([^/]+)/connections/.', [LAYOUT, 'src/features/connections/DetailPage.tsx'], [COUNTS]],
  ['^/p/([^/]+)/flows/?$', [LAYOUT, 'src/features/flows/list/FlowListPage.tsx'], [COUNTS]],
  ['^/p/([^/]+)/flows/([^/]+)', [LAYOUT, 'src/features/flows/builder/FlowPage.tsx'], [COUNTS, '/projects/$1/flows/$2'], [CANVAS]],
  ['^/p/([^/]+)/runs/?$', [LAYOUT, 'src/features/runs/RunListPage.tsx'], [COUNTS]],
  ['^/p/([^/]+)/runs/([^/]+)', [LAYOUT, 'src/features/runs/RunPage.tsx'], [COUNTS, '/projects/$1/runs/$2'], [CANVAS]],
  ['^/p/([^/]+)/apps/?$', [LAYOUT, 'src/features/apps/ListPage.tsx'], [COUNTS, '/apps?limit=100', '/apps/categories', '/projects/$1/connections/apps']],
  ['^/p/([^/]+)/', [LAYOUT], [COUNTS]],
];

/**
 * Writes into the page which files belong to which address, so that `boot.js` can ask for them at once: else the browser
 * learns of them only when the entry has arrived and run.
 */
export function preloadPages(): Plugin {
  return {
    name: 'patchbay-preload-pages',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler(html, { bundle }) {
        if (!html.includes('/boot.js')) return html;
        const chunks = new Map(
          Object.values(bundle ?? {}).flatMap((output) => (output.type === 'chunk' ? [[output.fileName, output] as const] : [])),
        );
        const reach = (fileName: string, into: Set<string>): void => {
          const chunk = chunks.get(fileName);
          if (!chunk || into.has(fileName)) return;
          into.add(fileName);
          for (const each of chunk.imports) reach(each, into);
        };
        const first = new Set<string>();
        for (const [fileName, chunk] of chunks) if (chunk.isEntry) reach(fileName, first);
        const filesOf = (modules: readonly string[], had: ReadonlySet<string>): string[] => {
          const files = new Set<string>();
          for (const module of modules) {
            const holder = [...chunks.values()].find((chunk) => chunk.moduleIds.some((id) => id.endsWith(module)));
            if (!holder) throw new Error(`${module} is in no chunk; preload-pages.ts names a page that is gone.`);
            reach(holder.fileName, files);
          }
          return [...files].filter((file) => !had.has(file));
        };
        const table = PAGES.map(([address, modules, asks, wide = []]) => {
          const files = filesOf(modules, first);
          return [address, files, asks, filesOf(wide, new Set([...first, ...files]))];
        });
        const attribute = JSON.stringify(table).replaceAll('&', '&amp;').replaceAll("'", '&#39;');
        const filled = html.replace('data-pages="[]"', `data-pages='${attribute}'`);
        if (filled === html) throw new Error('index.html has no place for the pages.');
        // The style sheet first: the mark is painted with it while the code is still on its way.
        return filled.replaceAll(/<(?:script type="module"|link rel="modulepreload")/g, '$& fetchpriority="low"');
      },
    },
  };
}
