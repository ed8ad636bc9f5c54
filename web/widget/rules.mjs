/**
 * The pages' design language for a shadow root: its tokens stand at the widget's own element, sizes do
 * not depend on the page's font size, and fonts are the document's business.
 *
 * @param {string} rules
 */
export function forShadow(rules) {
  return rules
    .replace(/@font-face\s*\{[^}]*\}/g, '')
    .replaceAll(':root', '.kefu')
    .replace(/(?<![\w-])(\d*\.?\d+)rem\b/g, (_, size) => `${Number(size) * 16}px`);
}

/**
 * Without custom properties that neither a rule nor the program reads, and with short names for those
 * that only rules know.
 *
 * @param {string} rules
 * @param {string} code
 */
export function withoutUnused(rules, code) {
  // Buttons that only pages have.
  let left = rules.replace(/\.btn-(block|lg)\{[^}]*\}|\.lg\.k\w+\{[^}]*\}/g, '');
  for (let before = ''; before !== left;) {
    before = left;
    left = left.replace(/(--[\w-]+):(?:[^;{}"]|"[^"]*")*(;|(?=\}))/g, (declared, name) =>
      left.includes(`var(${name}`) || code.includes(name) || isOpen(name) ? declared : '',
    );
  }
  const names = [...new Set(left.match(/--[a-z][\w-]*(?=:)/g))].filter(
    (name) => !code.includes(name) && !isOpen(name),
  );
  names.sort((a, b) => b.length - a.length);
  names.forEach((name, at) => {
    left = left.replace(new RegExp(`${name}(?![\\w-])`, 'g'), `--${at.toString(36)}_`);
  });
  return left;
}

/** Read or set by a name that the program puts together. */
function isOpen(name) {
  return /^--(gap|top|height|tone|pane-|lightningcss-)/.test(name);
}
