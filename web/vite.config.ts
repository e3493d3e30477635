import { fileURLToPath, URL } from 'node:url';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

const server = process.env['PATCHBAY_SERVER'] ?? 'http://127.0.0.1:8700';

export default defineConfig({
  plugins: [react(), tailwindcss()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  server: {
    // The Host header is passed on so that the server's same-origin check sees the address of the page.
    proxy: { '/api': { target: server }, '/oauth': { target: server }, '/hooks': { target: server } },
  },
  build: { outDir: 'dist', assetsDir: 'assets', target: 'es2022', assetsInlineLimit: 0, chunkSizeWarningLimit: 700 },
  test: { environment: 'node', include: ['src/**/*.test.ts'] },
});
