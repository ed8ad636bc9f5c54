// What the widget leaves out of what it is made of. Every cut names what it cuts, and says so when it
// is not there any more: nothing is left out by accident, and nothing stays because it was renamed.
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseSync } from 'vite';
import { svelte } from './svelte.mjs';

const widget = import.meta.dirname;
const web = resolve(widget, '..');

const BEGINNING = /^m\s*(-?(?:\d+\.?\d*|\.\d+))[\s,]*(-?(?:\d+\.?\d*|\.\d+))[\s,]*(?=([-.\d])?)/;

/** A line of a drawing as a part of one path. */
export function pathOf([tag, at]) {
  const n = (name) => Number(at[name] ?? 0);
  switch (tag) {
    case 'path':
      // A drawing may begin with a relative move, which behind another would begin where that one ends;
      // what follows a move without a letter are lines, relative ones here.
      return at.d.replace(BEGINNING, (_, x, y, next) => `M${x} ${y}${next ? 'l' : ''}`);
    case 'line':
      return `M${n('x1')} ${n('y1')}L${n('x2')} ${n('y2')}`;
    case 'circle':
      return `M${n('cx') - n('r')} ${n('cy')}a${n('r')} ${n('r')} 0 1 0 ${2 * n('r')} 0a${n('r')} ${n('r')} 0 1 0 ${-2 * n('r')} 0`;
    case 'rect': {
      const [w, h, r] = [n('width'), n('height'), n('rx')];
      const arc = (x, y) => `a${r} ${r} 0 0 1 ${x} ${y}`;
      return `M${n('x') + r} ${n('y')}h${w - 2 * r}${arc(r, r)}v${h - 2 * r}${arc(-r, r)}h${2 * r - w}${arc(-r, -r)}v${2 * r - h}${arc(r, -r)}z`;
    }
    default:
      throw new Error(`an icon with <${tag}>: say in lean.mjs how to draw it as a path`);
  }
}

/**
 * Lucide's components can do more than draw, which nobody here wants. The drawings stay its own; what
 * draws them is one component of ours.
 */
const icons = {
  name: 'plain-icons',
  enforce: 'pre',
  async resolveId(source, importer) {
    if (!source.startsWith('@lucide/svelte/icons/')) return null;
    const { id } = await this.resolve(source, importer, { skipSelf: true });
    // Not by the name of a component: it is plain script, and no compiler's business.
    return id.replace(/(\.svelte|\.js)$/, '.icon.js');
  },
  load(id) {
    if (!id.endsWith('.icon.js')) return null;
    const source = readFileSync(id.replace(/\.icon\.js$/, '.svelte'), 'utf8');
    const [, data] = source.match(/const iconData = (\{.*\});/);
    const lines = JSON.parse(data).node.map(pathOf).join('');
    // A hundredth of 24 is less than any screen shows.
    const d = lines.replace(/\d*\.\d{3,}/g, (n) => String(Number(Number(n).toFixed(2))));
    return `import { drawn } from ${JSON.stringify(resolve(widget, 'app/drawn.ts'))};
      export default /* @__PURE__ */ drawn(${JSON.stringify(d)});`;
  },
};

/** The source without these nodes of it, and without the commas behind them. */
function without(source, nodes) {
  return nodes
    .toSorted((a, b) => b.start - a.start)
    .reduce((code, { start, end }) => {
      return code.slice(0, start) + code.slice(end).replace(/^\s*,/, '');
    }, source);
}

/** What the SDK tells whoever programs with it: in the widget nobody reads diagnostics, or the words of an error. */
const unread = {
  name: 'unread',
  enforce: 'pre',
  transform(source, id) {
    if (!id.startsWith(resolve(web, 'sdk/src')) || id.includes('/gen/')) return null;
    const cuts = [];
    const look = (node) => {
      if (!node || typeof node !== 'object') return;
      if (Array.isArray(node)) return node.forEach(look);
      const { type, callee } = node;
      if (type === 'CallExpression' && callee.property?.name === 'record') {
        cuts.push({ ...node, instead: 'undefined' });
        return;
      }
      if (type === 'NewExpression' && /^(Problem|Type)Error$/.test(callee.name)) {
        const words = node.arguments.at(callee.name === 'TypeError' ? 0 : 1);
        if (/Literal$/.test(words?.type)) cuts.push({ ...words, instead: "''" });
      }
      Object.values(node).forEach(look);
    };
    look(parseSync(id, source).program.body);
    return cuts
      .toSorted((a, b) => b.start - a.start)
      .reduce((code, { start, end, instead }) => {
        return code.slice(0, start) + instead + code.slice(end);
      }, source);
  },
};

/** Methods that only agents' pages call, or code that is cut above. */
const UNCALLED = {
  'sdk/src/net/rest.ts':
    'login logout me setStatus checkSetup completeSetup users createUser updateUser conversations search prioritize',
  'sdk/src/chat/client.ts': 'openWorkspace forgetAll dump missed stop',
  'sdk/src/tabs/drafts.ts': 'clear close',
  'sdk/src/visitor/visitor.ts': 'stop',
  'src/lib/browser/link.svelte.ts': 'retryNow',
  'src/lib/closing.ts': 'summarize',
  'node_modules/svelte/src/internal/client/reactivity/batch.js':
    'increment decrement activate deactivate settled ondiscard',
};
const methods = {
  name: 'uncalled-methods',
  enforce: 'pre',
  transform(source, id) {
    const names = UNCALLED[id.slice(web.length + 1)]?.split(' ');
    if (!names) return null;
    const { program } = parseSync(id, source);
    const members = program.body.flatMap(({ declaration }) =>
      declaration?.type === 'ClassDeclaration'
        ? declaration.body.body
        : (declaration?.declarations?.flatMap(({ init }) => init?.properties ?? []) ?? []),
    );
    const cuts = names.map((name) => {
      const found = members.find(({ key }) => key?.name === name);
      if (!found) throw new Error(`no method ${name} in ${id}`);
      return found;
    });
    return without(source, cuts);
  },
};

/** Words that no part of the widget says. */
const UNSAID = {
  common: 'back more langName switchLanguage switchLanguageShort toDark toLight save',
  connection: 'ended online retryNow',
  problems: 'not_text bad_frame',
  time: 'justNow',
  chat: 'start',
  visitor: 'title subtitle welcomeTag humanHint aboutBot aboutHuman aboutHistory',
  media: 'image',
  closing: 'endings ratedBy summaryBy category choose note save saved',
  left: `sent nav page pageHint tabs tabsLabel group allGroups none loadMore waited leftAt recalled by answeredBy
    closedBy view claim takeOver release answer answerTo sendAnswer answered close closeTitle closeHint reason
    reasonMissing stale calendar calendarDefault calendarHint`,
};
const isUnsaid = (group, name) => UNSAID[group]?.split(/\s+/).includes(name);

/** A word that is said after all must not be missing: whatever goes into the widget is looked at. */
function lookFor(source, id) {
  const [, own] = source.match(/const m = \$derived\(i18n\.m\.(\w+)\)/) ?? [];
  for (const [said, first, second] of source.matchAll(/\bm\.(\w+)(?:\.(\w+))?/g)) {
    if (isUnsaid(first, second) || isUnsaid(own, first)) {
      throw new Error(`${id} says ${said}, which lean.mjs leaves out`);
    }
  }
}

const words = {
  name: 'unsaid-words',
  enforce: 'pre',
  transform(source, id) {
    if (id.startsWith(web) && !/node_modules|i18n\//.test(id)) lookFor(source, id);
    if (
      !/src\/lib\/i18n\/(zh|en|closing\.zh|closing\.en|left\.zh|left\.en|media\.zh|media\.en)\.ts$/.test(
        id,
      )
    )
      return null;
    const { program } = parseSync(id, source);
    const cuts = [];
    const look = (node, parts) => {
      for (const property of node.properties ?? []) {
        const name = property.key?.name;
        const inner = UNSAID[name];
        const value = property.value.expression ?? property.value;
        if (inner && value.type === 'ObjectExpression') look(value, inner.split(/\s+/));
        else if (parts?.includes(name)) cuts.push(property);
      }
    };
    for (const { declaration } of program.body) {
      for (const { id: made, init } of declaration?.declarations ?? []) {
        const own = UNSAID[made.name.replace(/(Zh|En)$/, '')];
        if (own) look(init, own.split(/\s+/));
        else if (/^talk/.test(made.name)) look(init);
      }
    }
    return without(source, cuts);
  },
};

export const lean = [icons, ...svelte, unread, methods, words];

/** A component's styles are told from others' by a mark; two letters do. */
const marks = new Map();
export function cssHash({ filename }) {
  if (!marks.has(filename)) marks.set(filename, marks.size);
  return `k${marks.get(filename).toString(36)}`;
}

function files(dir, ext) {
  return readdirSync(dir, { recursive: true })
    .filter((f) => f.endsWith(ext))
    .map((f) => resolve(dir, f));
}

/**
 * Names of members that only classes of ours know: methods and private fields. Short ones do as well.
 * None that a browser, a message of the protocol, or a quoted text has.
 */
export function ownNames(code) {
  const all = (text, pattern) => [...text.matchAll(pattern)].map(([, name]) => name);
  const read = (file) => readFileSync(file, 'utf8');
  const own = new Set();
  for (const dir of ['sdk/src', 'src/lib', 'src/visitor', 'widget']) {
    for (const file of files(resolve(web, dir), '.ts')) {
      if (file.includes('/gen/')) continue;
      const text = read(file);
      all(text, /\bprivate (?:readonly |async |static |get |set )*(\w+)/g).forEach((n) =>
        own.add(n),
      );
      all(text, /^  (?:async |get |set |readonly |static )*(\w+)\s*[(=:<?!]/gm).forEach((n) =>
        own.add(n),
      );
    }
  }
  const client = resolve(web, 'node_modules/svelte/src/internal/client');
  for (const file of files(client, '.js')) {
    all(read(file), /^\t(?:async |get |set )?([a-z]+_\w+)\s*[(=;]/gm).forEach((n) => own.add(n));
  }
  for (const file of [
    ...files(resolve(web, 'src/lib/i18n'), '.ts'),
    resolve(web, 'sdk/src/base/limits.ts'),
  ]) {
    all(read(file), /^ +(?:readonly )?(\w+)\??: /gm).forEach((n) => own.add(n));
  }
  ['deps', 'reactions', 'teardown'].forEach((n) => own.add(n));
  // TypeScript's library does not know Trusted Types.
  const foreign = new Set(
    'constructor trustedTypes createPolicy createHTML createScriptURL'.split(' '),
  );
  // Words for the server's codes are found by the code.
  const [problems] = read(resolve(web, 'src/lib/i18n/en.ts')).match(/problems: \{[^}]*\}/);
  all(problems, /(\w+):/g).forEach((n) => foreign.add(n));
  const types = resolve(web, 'node_modules/typescript/lib');
  const told = [
    ...files(types, '.d.ts').filter((f) => /\/lib\.[^/]*\.d\.ts$/.test(f)),
    ...files(resolve(web, 'sdk/src/gen'), '.ts'),
    resolve(web, '../docs/openapi.json'),
    // What is stored, and what is said to other tabs and to the page in the frame.
    ...files(resolve(web, 'sdk/src/tabs'), '.ts'),
    resolve(web, 'sdk/src/chat/outgoing.ts'),
    resolve(web, 'sdk/src/visitor/session.ts'),
    resolve(widget, 'frame/words.ts'),
  ];
  for (const file of told) all(read(file), /([A-Za-z_$][\w$]*)/g).forEach((n) => foreign.add(n));
  all(code, /["'`]([A-Za-z_$][\w$]*)["'`]/g).forEach((n) => foreign.add(n));
  const names = [...own].filter(
    (name) => name.length > 2 && !foreign.has(name) && code.includes(`.${name}`),
  );
  return new RegExp(`^(?:${names.sort().join('|')})$`);
}
