// One file for other people's pages: dist/widget.js. It holds two programs, the loader for the page
// and the widget for the frame that the loader makes, with all styles inside; which of them runs is
// decided before a line of either. It must stay small; the build fails when it does not.
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { build } from 'vite';
import { forShadow } from './rules.mjs';

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
  'src/lib/chat/uploads.svelte.ts': 'uploads.ts',
  'sdk/src/chat/uploads.ts': 'uploads.ts',
  'sdk/src/net/upload.ts': 'uploads.ts',
  'src/lib/ui/Attachments.svelte': 'app/Nothing.svelte',
  'src/lib/ui/ImageView.svelte': 'app/Saved.svelte',
  'src/lib/ui/FileView.svelte': 'app/Saved.svelte',
  'src/lib/i18n/media.zh.ts': 'words.ts',
  'src/lib/i18n/media.en.ts': 'words.ts',
};
const smaller = {
  name: 'smaller',
  enforce: 'pre',
  async resolveId(source, importer) {
    if (
      !/codec|catalogues|upload|Attachments|ImageView|FileView|media\.(zh|en)/.test(source) ||
      importer?.startsWith(widget)
    )
      return null;
    const found = await this.resolve(source, importer, { skipSelf: true });
    const instead = INSTEAD[found?.id.slice(web.length + 1)];
    return instead ? resolve(widget, instead) : null;
  },
};

// What visitors are never sent has no fields here: a reader skips what it does not know.
const AGENTS_MESSAGES = ['Agent', 'Trace', 'Candidate', 'WorkspaceSnapshot'];
const AGENTS_FIELDS = new Set(
  'workspace agent note viewers mentionsRead tags wordAlert masked trace groupId'.split(' '),
);
const forVisitors = {
  name: 'for-visitors',
  enforce: 'pre',
  transform(source, id) {
    if (!/sdk\/src\/gen\/(message|frame)\.ts$/.test(id)) return null;
    const empty = (code, name) =>
      code.replace(new RegExp(`(= /\\* @__PURE__ \\*/ message<${name}>\\()[^;]*(\\);)`), '$1$2');
    const rows = /^ *\[\d+, '(\w+)'.*\],\n/gm;
    return AGENTS_MESSAGES.reduce(empty, source).replace(rows, (row, name) =>
      AGENTS_FIELDS.has(name) ? '' : row,
    );
  },
};

// Lucide's component can do more than draw, which nobody here wants. The drawings stay its own.
const plainIcons = {
  name: 'plain-icons',
  enforce: 'pre',
  transform(source, id) {
    if (!/@lucide\/svelte\/dist\/icons\/[\w-]+\.svelte$/.test(id)) return null;
    const [, data] = source.match(/const iconData = (\{.*\});/);
    const lines = JSON.parse(data).node.map(([tag, attributes]) => {
      const said = Object.entries(attributes).map(([name, value]) => `${name}="${value}"`);
      return `<${tag} ${said.join(' ')} />`;
    });
    return `<script>let { size = 24, strokeWidth = 2 } = $props();</script>
      <svg width={size} height={size} stroke-width={strokeWidth} viewBox="0 0 24 24" fill="none"
        stroke="currentColor" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"
        >${lines.join('')}</svg>`;
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
    build: {
      write: false,
      target: 'es2022',
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
  plainIcons,
  svelte({
    configFile: resolve(web, 'svelte.config.js'),
    compilerOptions: { cssHash: ({ hash, filename }) => `k${hash(filename).slice(-4)}` },
  }),
]);
const place = /(["'`])__KEFU_RULES__\1/;
if (!place.test(app.code)) throw new Error('no place for the styles');
const inside = app.code.replace(place, () => JSON.stringify(forShadow(app.rules)));
const [, mark] = readFileSync(resolve(widget, 'marks.ts'), 'utf8').match(/REALM = '([^']+)'/);
const code = `(function(){"use strict";var f=window.frameElement;if(f&&f.hasAttribute("${mark}")){${inside}}else{${loader.code}}})();\n`;

writeFileSync(file, code);
const bytes = gzipSync(code, { level: 9 }).length;
const figure = `widget.js: ${code.length} bytes, ${bytes} gzipped, ${GZIP_BYTES_MAX} allowed`;
if (bytes > GZIP_BYTES_MAX) throw new Error(`too large: ${figure}`);
console.log(figure);
