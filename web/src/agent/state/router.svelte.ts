export type Page = 'inbox' | 'team' | 'users';

/** The address bar as state: /agent, /agent/c/<id>, /agent/team, /agent/users. */
class Router {
  page = $state<Page>('inbox');
  conversationId = $state<bigint | undefined>();

  constructor() {
    this.read();
    addEventListener('popstate', () => this.read());
  }

  inbox(id?: bigint): void {
    this.go(id === undefined ? '/agent' : `/agent/c/${id}`);
  }

  open(page: Page): void {
    this.go(page === 'inbox' ? '/agent' : `/agent/${page}`);
  }

  private go(path: string): void {
    if (location.pathname === path) return;
    history.pushState(null, '', path + location.search);
    this.read();
  }

  private read(): void {
    const [, , part, id] = location.pathname.split('/');
    this.page = part === 'team' || part === 'users' ? part : 'inbox';
    this.conversationId = part === 'c' && /^\d+$/.test(id ?? '') ? BigInt(id ?? '0') : undefined;
  }
}

export const router = new Router();
