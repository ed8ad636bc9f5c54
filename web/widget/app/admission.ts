import { Backoff, problemCode, Rest, type Site } from '@kefu/sdk';

/** Whether this page may show the widget; and how. */
export type Admission =
  | { readonly site: Site }
  /** The page's policy forbids requests to the server: a frame may be allowed. */
  | { readonly forbidden: true }
  /** Not here, with the reason for whoever made the page. */
  | { readonly refused: string };

/** A server that is away is asked again, at least this long after, milliseconds. */
const PAUSE_MS = 300;
const BACKOFF_BASE_MS = 1_000;
const BACKOFF_MAX_MS = 60_000;

/** Asks until there is an answer. */
export async function admission(server: string, tenant: string): Promise<Admission> {
  const rest = new Rest(() => '', server);
  const backoff = new Backoff(BACKOFF_BASE_MS, BACKOFF_MAX_MS, Math.random);
  let forbidden = false;
  document.addEventListener('securitypolicyviolation', (event) => {
    if (event.effectiveDirective === 'connect-src') forbidden = true;
  });
  for (;;) {
    try {
      const site = await rest.site();
      if (tenant === '' || tenant === site.tenant) return { site };
      return { refused: `${server} has no tenant "${tenant}"; look at data-tenant` };
    } catch (error) {
      if (problemCode(error) === 'forbidden') return { refused: (error as Error).message };
    }
    // What a policy forbids fails like a network that is away; the policy's own word follows.
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS + backoff.next()));
    if (forbidden) return { forbidden: true };
  }
}
