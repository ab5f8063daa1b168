/** How the browser application is built: one page, hashed assets below `assets/`, nothing inlined, so that a strict content policy holds. */

import react from '@vitejs/plugin-react';
import { fileURLToPath } from 'node:url';
import type { InlineConfig } from 'vite';

const root = fileURLToPath(new URL('.', import.meta.url));

/** Writes the application into `outDir`. */
export const uiConfig = (outDir: string): InlineConfig => ({
  configFile: false, root, base: './', logLevel: 'warn', plugins: [react()],
  build: { outDir, emptyOutDir: true, assetsInlineLimit: 0, modulePreload: { polyfill: false }, sourcemap: false, target: 'es2022', chunkSizeWarningLimit: 1500 },
});
