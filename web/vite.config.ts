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
    rollupOptions: { input: ['index.html', 'agent.html', 'setup.html'] },
  },
  server: {
    proxy: { '/api': SERVER, '/ws': { target: SERVER, ws: true } },
  },
  test: {
    include: ['tests/**/*.test.ts'],
    restoreMocks: true,
  },
  // Component tests need Svelte's browser half.
  resolve: process.env.VITEST ? { conditions: ['browser'] } : undefined,
});
