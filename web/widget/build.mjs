// One file for other people's pages: dist/widget.js. It holds two programs, the loader for the page
// and the widget for the frame that the loader makes, with all styles inside; which of them runs is
// decided before a line of either. It must stay small; the build fails when it does not.
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { build, minifySync } from 'vite';
import { cssHash, lean, ownNames } from './lean.mjs';
import { codecParts, forVisitors } from './messages.mjs';
import { forShadow, withoutUnused } from './rules.mjs';

const GZIP_BYTES_MAX = 60 * 1024;

const widget = import.meta.dirname;
const web = resolve(widget, '..');
const file = resolve(web, 'dist/widget.js');
// As `tsconfig.json` has them.
const alias = [
  { find: /^@kefu\/sdk$/, replacement: resolve(web, 'sdk/src/index.ts') },
  { find: /^@kefu\/sdk\/codec$/, replacement: resolve(web, 'sdk/src/proto/index.ts') },
  { find: /^@kefu\/sdk\/proto\/(.*)$/, replacement: resolve(web, 'sdk/src/gen/$1.ts') },
];

// What the widget has smaller ones of, by the ends of their paths.
const INSTEAD = {
  'src/lib/i18n/catalogues.ts': 'catalogues.ts',
  'sdk/src/net/codec.ts': 'codec.ts',
  'sdk/src/diagnostics/diagnostics.ts': 'instead/diagnostics.ts',
  'src/lib/ui/ImageView.svelte': 'app/Picture.svelte',
};
const smaller = {
  name: 'smaller',
  enforce: 'pre',
  async resolveId(source, importer) {
    if (!/codec|catalogues|diagnostics|ImageView/.test(source) || importer?.startsWith(widget))
      return null;
    const found = await this.resolve(source, importer, { skipSelf: true });
    const instead = INSTEAD[found?.id.slice(web.length + 1)];
    return instead ? resolve(widget, instead) : null;
  },
};

async function program(input, plugins) {
  const { output } = await build({
    root: web,
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    plugins,
    resolve: { alias },
    // A browser, as old as docs/widget.md says.
    define: {
      'typeof document': '"object"',
      'typeof window': '"object"',
      'typeof XMLHttpRequest': '"function"',
    },
    build: {
      write: false,
      target: 'es2022',
      cssTarget: ['chrome111', 'firefox113', 'safari16.4'],
      minify: true,
      cssCodeSplit: false,
      rollupOptions: {
        input: resolve(widget, input),
        output: { format: 'iife' },
        // A busy machine is slow, not wrong.
        checks: { pluginTimings: false },
      },
    },
  });
  const code = output.filter(({ type }) => type === 'chunk');
  const styles = output.filter(({ fileName }) => fileName.endsWith('.css'));
  if (code.length !== 1 || code.length + styles.length !== output.length) {
    throw new Error(`unexpected files: ${output.map(({ fileName }) => fileName)}`);
  }
  return { code: code[0].code.trim(), rules: styles.map(({ source }) => source).join('') };
}

const loader = await program('loader.ts', []);
const app = await program('app/main.ts', [
  smaller,
  forVisitors,
  codecParts,
  ...lean,
  svelte({
    configFile: resolve(web, 'svelte.config.js'),
    compilerOptions: { cssHash, discloseVersion: false },
  }),
]);
const place = /(["'`])__KEFU_RULES__\1/;
if (!place.test(app.code)) throw new Error('no place for the styles');
const rules = withoutUnused(forShadow(app.rules), app.code);
const inside = app.code.replace(place, () => JSON.stringify(rules));
const [, mark] = readFileSync(resolve(widget, 'marks.ts'), 'utf8').match(/REALM = '([^']+)'/);
const whole = `(function(){"use strict";var f=window.frameElement;if(f&&f.hasAttribute("${mark}")){${inside}}else{${loader.code}}})();`;
const short = minifySync(file, whole, {
  module: false,
  compress: { target: 'es2022' },
  mangle: { toplevel: false },
  mangleProps: { include: ownNames(whole) },
});
if (short.errors.length > 0) throw new Error(short.errors.map(({ message }) => message).join());
const code = `${short.code.trim()}\n`;

writeFileSync(file, code);
const bytes = gzipSync(code, { level: 9 }).length;
const figure = `widget.js: ${code.length} bytes, ${bytes} gzipped, ${GZIP_BYTES_MAX} allowed`;
if (bytes > GZIP_BYTES_MAX) throw new Error(`too large: ${figure}`);
console.log(figure);
