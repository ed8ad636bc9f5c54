/** All rules; the build writes them in here. */
const RULES = '__KEFU_RULES__';

/**
 * Styles that no policy of the page has a say in: a sheet that is constructed is no inline style. It
 * must be made by the page's own window.
 */
export function dress(root: ShadowRoot, page: Window & typeof globalThis): void {
  try {
    const sheet = new page.CSSStyleSheet();
    sheet.replaceSync(RULES);
    root.adoptedStyleSheets = [sheet];
  } catch {
    // The page has put something else in its place; a policy may let this through.
    const style = document.createElement('style');
    style.textContent = RULES;
    root.append(style);
  }
}
