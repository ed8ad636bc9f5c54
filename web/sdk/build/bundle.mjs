// One file of everything, for pages without a bundler: dist/kefu-sdk.min.js. It must stay small; the
// build fails when it does not.
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';

const GZIP_BYTES_MAX = 30 * 1024;

const sdk = resolve(import.meta.dirname, '..');
const file = resolve(sdk, 'dist/kefu-sdk.min.js');

const { output } = await build({
  root: sdk,
  configFile: false,
  logLevel: 'warn',
  build: {
    write: false,
    target: 'es2022',
    minify: true,
    rollupOptions: {
      input: resolve(sdk, 'src/index.ts'),
      output: { format: 'es' },
      preserveEntrySignatures: 'strict',
    },
  },
});
if (output.length !== 1) throw new Error(`one file was expected, not ${output.length}`);
const { code } = output[0];
writeFileSync(file, code);
const bytes = gzipSync(code, { level: 9 }).length;
const figure = `kefu-sdk.min.js: ${code.length} bytes, ${bytes} gzipped, ${GZIP_BYTES_MAX} allowed`;
if (bytes > GZIP_BYTES_MAX) throw new Error(`too large: ${figure}`);
console.log(figure);
