import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** The dashboard: built into `dist`, which the collector serves at `/`. */
export default defineConfig({
  plugins: [react()],
  worker: { format: 'es' },
  css: { preprocessorOptions: { scss: { quietDeps: true } } },
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1_200,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/api': 'http://127.0.0.1:8080' } },
});
