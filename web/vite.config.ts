import { defineConfig } from 'vitest/config';

export default defineConfig({
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0, // the CSP has no data: sources
    reportCompressedSize: false,
    manifest: true, // finish.mjs reads it and takes it away
  },
  test: { include: ['src/**/*.test.ts'] },
});
