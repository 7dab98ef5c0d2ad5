import { defineConfig } from 'vite'

/** The service worker: one classic script without imports, served at `/sw.js`. */
export default defineConfig({
  base: '/player/',
  publicDir: false,
  build: {
    target: 'es2022',
    outDir: 'dist',
    emptyOutDir: false,
    reportCompressedSize: false,
    lib: { entry: 'src/worker/sw.ts', formats: ['iife'], name: 'iroamWorker', fileName: () => 'sw.js' },
  },
})
