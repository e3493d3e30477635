import type { Plugin } from 'vite';

/** What a page that is opened by its address needs besides the entry: its modules, by the form of its address. */
const PAGES: readonly (readonly [address: string, modules: readonly string[]])[] = [
  ['^/login$', ['src/features/auth/LoginPage.tsx']],
  ['^/p/[^/]+/connections/?$', ['src/layout/ProjectLayout.tsx', 'src/features/connections/ListPage.tsx']],
  ['^/p/[^/]+/connections/.', ['src/layout/ProjectLayout.tsx', 'src/features/connections/DetailPage.tsx']],
  ['^/p/[^/]+/flows/?$', ['src/layout/ProjectLayout.tsx', 'src/features/flows/list/FlowListPage.tsx']],
  ['^/p/', ['src/layout/ProjectLayout.tsx']],
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
        const table = PAGES.map(([address, modules]) => {
          const files = new Set<string>();
          for (const module of modules) {
            const holder = [...chunks.values()].find((chunk) => chunk.moduleIds.some((id) => id.endsWith(module)));
            if (!holder) throw new Error(`${module} is in no chunk; preload-pages.ts names a page that is gone.`);
            reach(holder.fileName, files);
          }
          return [address, [...files].filter((file) => !first.has(file))];
        });
        const attribute = JSON.stringify(table).replaceAll('&', '&amp;').replaceAll("'", '&#39;');
        const filled = html.replace('data-pages="[]"', `data-pages='${attribute}'`);
        if (filled === html) throw new Error('index.html has no place for the pages.');
        return filled;
      },
    },
  };
}
