// What the widget leaves out of Svelte's runtime.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { cut } from './cuts.mjs';

const widget = import.meta.dirname;

/**
 * Nothing here is rendered by a server, written for an older Svelte, or awaited inside a component; nothing
 * has transitions, boundaries or signals that abort, no list says anything where it is empty, and what is
 * mounted stays: what Svelte's runtime does for those is always false, and said so in constants the minifier
 * drops the rest.
 */
const SVELTE_CUTS = {
  // To spread a list is no pure expression, whoever needs the result.
  'utils.js': [['...DOM_BOOLEAN_ATTRIBUTES,', '']],
  'internal/client/dom/hydration.js': [
    ['export let hydrating = false', 'export const hydrating = false'],
    ['hydrating = value;', ''],
  ],
  'internal/flags/index.js': [
    [/export let (\w+) = false/g, 'export const $1 = false'],
    [/^\t\w+ = (true|false);$/gm, ''],
  ],
  // The last part says it all.
  'internal/client/errors.js': [[/https:\/\/svelte\.dev\/e\//g, '']],
  'internal/client/warnings.js': [[/https:\/\/svelte\.dev\/e\//g, '']],
  'internal/client/reactivity/async.js': [
    ['if (async.length === 0 && pending.length === 0) {', 'if (true) {'],
    ['var pending = blockers.filter((b) => !b.settled);', ''],
    ['is_runes() ? derived : derived_safe_equal', 'derived'],
  ],
  'internal/client/reactivity/batch.js': [
    [/^\tis_fork = false;$/m, ''],
    [/\b(this|batch)\.is_fork\b(?! =)/g, 'false'],
    [/this\.#is_deferred\(\)/g, 'false'],
    ['effect.b?.is_pending', 'false'],
    [/this\.#deferred\?\.resolve\(\);/g, ''],
  ],
  'internal/client/reactivity/effects.js': [
    ['current_batch?.register_created_effect(effect);', ''],
    ['const controller = effect.ac', 'const controller = null'],
    [/var (transitions|t) = effect\.nodes && effect\.nodes\.t;/g, 'const $1 = null;'],
    ['remaining > 0', 'false'],
    [/return \(options = \{\}\) => \{[^]*?\n\t\};/, ''],
  ],
  'internal/client/reactivity/deriveds.js': [
    [/current_batch\?\.is_fork/g, 'false'],
    ['e.teardown || e.ac', 'e.teardown'],
    ['e.ac !== null', 'false'],
  ],
  'internal/client/reactivity/sources.js': [
    [/\bbatch\.is_fork\b/g, 'false'],
    ['eager_effects.size > 0', 'false'],
    [/is_runes\(\) &&/g, ''],
    ['var runes = is_runes()', 'const runes = true'],
    [/\((flags|active_reaction\.f) & EAGER_EFFECT\) !== 0/g, 'false'],
  ],
  'internal/client/runtime.js': [
    ['var is_fork = current_batch?.is_fork', 'const is_fork = false'],
    [/\b(reaction|derived)\.ac !== null/g, 'false'],
    ['is_runes() &&', ''],
  ],
  'internal/client/reactivity/props.js': [[/var runes = .*/, 'const runes = true;']],
  'internal/client/error-handling.js': [
    ['error === HYDRATION_ERROR', 'false'],
    [/while \(effect !== null\) \{[^]*?\n\t\}\n/, ''],
  ],
  'internal/client/render.js': [
    [/return \(\) => \{\s*for \(var event_name of registered_events\)[^]*?\n\t\t\};/, ''],
    ['mounted_components.set(component, unmount);', ''],
  ],
  'internal/client/dom/operations.js': [
    ['namespace == null || namespace === NAMESPACE_HTML', 'true'],
    ['is ? document.createElement(tag, { is }) :', ''],
  ],
  'internal/client/dom/elements/attributes.js': [
    [/\?\?= \{\s*\[IS_CUSTOM[^]*?\}/, '??= {}'],
    ['element.nodeName === PROGRESS_TAG', 'false'],
  ],
  'internal/client/dom/elements/bindings/input.js': [
    [/(?<!function )is_numberlike_input\(input\)/g, 'false'],
  ],
  'internal/client/dom/blocks/each.js': [
    ['var defer = should_defer_append()', 'const defer = false'],
    ['var is_animated = (flags & EACH_IS_ANIMATED) !== 0', 'const is_animated = false'],
    ['if (fallback !== null) {', 'if (false) {'],
    ['length === 0 && fallback_fn && !fallback', 'false'],
    ['if (group) {', 'if (false) {'],
    [/ else \{\s*group = \{[^]*?\.add\(group\);\s*\}/, ''],
    [/state\.outrogroups !== null/g, 'false'],
  ],
  'internal/client/dom/blocks/branches.js': [
    ['var defer = should_defer_append()', 'const defer = false'],
  ],
};
const SVELTE = '/node_modules/svelte/src/';

/** A component that asks for what is cut would do nothing, and say nothing. */
function lookForCuts(source, id) {
  const open = [];
  for (const [, begins, says] of source.matchAll(
    /\{#(\w+)|\{(:else\}|\/(?:if|each|key|await|snippet))/g,
  )) {
    if (begins) open.push(begins);
    else if (says === ':else}' && open.at(-1) === 'each')
      throw new Error(`${id}: an each with an else`);
    else if (says !== ':else}') open.pop();
  }
  const [cut] = source.match(/\s(transition|in|out|animate):[a-z]\w*|<svelte:boundary/) ?? [];
  if (cut) throw new Error(`${id} has${cut}, which the widget leaves out of Svelte`);
}

const svelteParts = {
  name: 'svelte-parts',
  enforce: 'pre',
  transform(source, id) {
    if (id.endsWith('.svelte')) lookForCuts(source, id);
    const cuts = SVELTE_CUTS[id.split(SVELTE)[1]];
    return cuts ? cuts.reduce((left, [what, by]) => cut(left, id, what, by), source) : null;
  },
};

/** What Svelte's runtime has whole files for, and the widget has no use for. */
const SVELTE_INSTEAD = {
  'dom/blocks/boundary.js': 'boundary.js',
  'proxy.js': 'proxy.js',
};
const svelteInstead = {
  name: 'svelte-instead',
  enforce: 'pre',
  load(id) {
    const instead = SVELTE_INSTEAD[id.split(`${SVELTE}internal/client/`)[1]];
    return instead ? readFileSync(resolve(widget, 'instead', instead), 'utf8') : null;
  },
};

export const svelte = [svelteParts, svelteInstead];
