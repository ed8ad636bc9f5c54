export type Page = 'inbox' | 'team' | 'intents' | 'users' | 'groups' | 'canned' | 'left' | 'board';
const PAGES: readonly string[] = ['team', 'intents', 'users', 'groups', 'canned', 'left', 'board'];

/** The address bar as state: /agent, /agent/c/<id>, /agent/team, /agent/users, /agent/intents/…. */
class Router {
  page = $state<Page>('inbox');
  conversationId = $state<bigint | undefined>();
  /** What comes after the page's name, decoded: of /agent/intents/versions/3, "versions" and "3". */
  parts = $state.raw<string[]>([]);

  constructor() {
    this.read();
    addEventListener('popstate', () => this.read());
  }

  inbox(id?: bigint): void {
    this.go(id === undefined ? '/agent' : `/agent/c/${id}`);
  }

  open(page: Page, ...parts: (string | number | bigint)[]): void {
    const path = parts.map((part) => `/${encodeURIComponent(String(part))}`).join('');
    this.go(page === 'inbox' ? '/agent' : `/agent/${page}${path}`);
  }

  private go(path: string): void {
    if (location.pathname === path) return;
    history.pushState(null, '', path + location.search);
    this.read();
  }

  private read(): void {
    const [, , part = '', id, ...more] = location.pathname.split('/');
    this.page = PAGES.includes(part) ? (part as Page) : 'inbox';
    this.parts = id === undefined ? [] : [id, ...more].filter(Boolean).map(decoded);
    this.conversationId = part === 'c' && /^\d+$/.test(id ?? '') ? BigInt(id ?? '0') : undefined;
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export const router = new Router();
