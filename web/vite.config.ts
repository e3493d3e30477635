import { fileURLToPath, URL } from 'node:url';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';
import { preloadPages } from './scripts/preload-pages.ts';

const server = process.env['PATCHBAY_SERVER'] ?? 'http://127.0.0.1:8700';

export default defineConfig({
  plugins: [react(), tailwindcss(), preloadPages()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  server: {
    // The Host header is passed on so that the server's same-origin check sees the address of the page.
    proxy: { '/api': { target: server }, '/oauth': { target: server }, '/hooks': { target: server } },
  },
  build: {
    outDir: 'dist',
    assetsDir: 'assets',
    target: 'es2022',
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
    // A few files that are wanted together, not one for each module that two pages share: every request costs a round of
    // headers, and small files compress badly.
    rolldownOptions: {
      output: {
        codeSplitting: {
          includeDependenciesRecursively: false,
          groups: [
            { name: 'react', test: /node_modules\/(react|react-dom|scheduler)\//, priority: 5 },
            { name: 'canvas', test: /node_modules\/(@xyflow|d3-|zustand|classcat)/, priority: 4 },
            { name: 'combobox', test: /node_modules\/cmdk|src\/ui\/combobox\./, priority: 4 },
            { name: 'flow', test: /src\/features\/(flows\/(model\/(condition|document|polling|schedule|steps|template|tree)|canvas\/(StepList|Tile)|panel\/PollingStatus|icons|queries)|runs\/(message|queries|status|steps|types))\./, priority: 3 },
            { name: 'base', test: /node_modules\/(@tanstack\/(?!.*virtual)|tailwind-merge|use-sync-external-store|lucide-react|@radix-ui\/react-(slot|compose-refs)\/)|src\/(lib|api)\/|src\/ui\/(button|spinner|field|states|page|copy|toast|announce)\.|src\/layout\/(RootLayout|NotFound|Brand|FramePending)\.|src\/features\/auth\/(SignInForm|AuthLayout|LoginPage|next)\./, priority: 3 },
            { name: 'parts', test: /node_modules\/(@radix-ui|radix-ui|@floating-ui|react-remove-scroll|react-style-singleton|use-sidecar|use-callback-ref|aria-hidden|tslib|get-nonce)|src\/(ui|layout)\/(?!palette\/(Commands|ask|usePaletteGroups)\.|combobox\.)|src\/features\/(connections\/(index|queries|status|reasons|usage|ConnectionStatusPill)|connect\/(index|dialogs|pane|returned|ticket)|apps\/(AppIcon|queries)|settings\/(NewProjectDialog|queries)|auth\/SessionLostDialog)\./, priority: 2 },
          ],
        },
      },
    },
  },
  test: { environment: 'node', include: ['src/**/*.test.ts'] },
});
