import { mergeConfig } from 'vite';
import product from './vite.config';

// The gallery of components is an entry of its own, so that nothing of it is shipped.
export default mergeConfig(product, { root: 'gallery', build: { outDir: '../gallery-dist', emptyOutDir: true } });
