import { resolve } from 'node:path';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';
import { themeBoot } from './build/theme-boot.ts';

const SERVER = process.env.KEFU_SERVER ?? 'http://127.0.0.1:8811';

export default defineConfig({
  plugins: [svelte(), themeBoot()],
  publicDir: false,
  build: {
    target: 'es2022',
    // The policy allows nothing inline, so nothing is small enough to be.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: { input: ['index.html', 'agent.html', 'setup.html', 'widget.html'] },
  },
  server: {
    proxy: { '/api': SERVER, '/ws': { target: SERVER, ws: true } },
  },
  test: {
    include: ['tests/**/*.test.ts', 'sdk/tests/**/*.test.ts'],
    restoreMocks: true,
    // No test asserts a time; a busy machine is slow, and more seeds take longer.
    testTimeout: process.env.KEFU_SEEDS ? 3_600_000 : 30_000,
  },
  resolve: {
    // The SDK's sources, under the names that its package has for others.
    alias: [
      { find: /^@kefu\/sdk$/, replacement: resolve('sdk/src/index.ts') },
      { find: /^@kefu\/sdk\/codec$/, replacement: resolve('sdk/src/proto/index.ts') },
      { find: /^@kefu\/sdk\/proto\/(.*)$/, replacement: resolve('sdk/src/gen/$1.ts') },
    ],
    // Component tests need Svelte's browser half.
    ...(process.env.VITEST ? { conditions: ['browser'] } : {}),
  },
});
