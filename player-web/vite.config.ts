/// <reference types="vitest/config" />
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vite'

/** The player, and the page of a shared link. The service worker has a build of its own: `vite.worker.config.ts`. */
export default defineConfig({
  base: '/player/',
  plugins: [svelte()],
  build: {
    target: 'es2022',
    outDir: 'dist',
    // A data URL in a style or script would need a weaker content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      input: { index: 'index.html', share: 'share.html' },
      // `node:` fallbacks and the like of libp2p's dependencies are dead code in a browser.
      output: { entryFileNames: 'assets/[name]-[hash].js', chunkFileNames: 'assets/[name]-[hash].js' },
    },
  },
  server: {
    port: 5173,
    proxy: { '/api': 'http://localhost:8080', '/sign-in': 'http://localhost:8080', '/sw.js': 'http://localhost:8080' },
  },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
})
