import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';

const SOURCE = fileURLToPath(new URL('../src/lib/theme-boot.js', import.meta.url));

/**
 * Puts the tiny script that chooses light or dark at the very top of each page: blocking, so that
 * nothing flashes, and in a file of its own, because the pages' policy forbids inline scripts.
 */
export function themeBoot(): Plugin {
  const read = () => readFileSync(SOURCE, 'utf8');
  let asset = '';
  let serving = false;
  return {
    name: 'theme-boot',
    configResolved(config) {
      serving = config.command === 'serve';
    },
    buildStart() {
      if (!serving) asset = this.emitFile({ type: 'asset', name: 'theme.js', source: read() });
    },
    configureServer(server) {
      server.middlewares.use('/theme-boot.js', (_request, response) => {
        response.setHeader('content-type', 'text/javascript').end(read());
      });
    },
    transformIndexHtml: {
      order: 'post',
      handler(_html, context) {
        const built = Object.values(context.bundle ?? {}).find(
          (file) => file.type === 'asset' && file.names.includes('theme.js'),
        );
        const src = asset && built ? `/${built.fileName}` : '/theme-boot.js';
        return [{ tag: 'script', attrs: { src }, injectTo: 'head-prepend' }];
      },
    },
  };
}
