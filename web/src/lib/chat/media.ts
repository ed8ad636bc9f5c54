import type { Rest } from '@kefu/sdk';

/** Pictures that are kept at hand; the longest unused goes first. */
const KEPT = 100;

/**
 * Bytes of pictures and files, as addresses that only this page knows. They are fetched with the
 * session, because an address alone must not open them (docs/adr/0032).
 */
class Media {
  private rest: Rest | undefined;
  private readonly urls = new Map<string, Promise<string>>();

  /** As whom they are asked for. */
  use(rest: Rest): void {
    this.rest = rest;
  }

  /** An address of the bytes; rejects with a `ProblemError`. */
  url(mediaId: bigint, name: string): Promise<string> {
    const key = `${mediaId}/${name}`;
    const known = this.urls.get(key);
    this.urls.delete(key);
    const url = known ?? this.fetch(mediaId, name);
    this.urls.set(key, url);
    if (!known) {
      // What failed is asked for again the next time.
      url.catch(() => this.urls.get(key) === url && this.urls.delete(key));
      this.keep(KEPT);
    }
    return url;
  }

  /** Lets go of all but so many. */
  keep(most: number): void {
    for (const [key, url] of this.urls) {
      if (this.urls.size <= most) return;
      this.urls.delete(key);
      // What is on the screen stays there: it was decoded.
      void url.then((old) => URL.revokeObjectURL(old)).catch(() => {});
    }
  }

  /** Asks the browser to save the bytes under that name. */
  async save(mediaId: bigint, name: string): Promise<void> {
    const link = document.createElement('a');
    link.href = await this.url(mediaId, name);
    link.download = name;
    link.click();
  }

  private async fetch(mediaId: bigint, name: string): Promise<string> {
    if (!this.rest) throw new Error('nobody is there to ask');
    return URL.createObjectURL(await this.rest.media(mediaId, name));
  }
}

export const media = new Media();
