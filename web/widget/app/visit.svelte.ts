import { untrack } from 'svelte';
import {
  browserStore,
  reportPages,
  Sender,
  type Message,
  type SeenPage,
  type Site,
} from '@kefu/sdk';
import { eyes } from '../../src/lib/browser/eyes.svelte';
import { Chime } from '../../src/lib/chime';
import { local } from '../../src/lib/storage';
import { Desk, type DeskOptions } from '../../src/visitor/desk.svelte';

const SOUND_KEY = 'kefu.widget.sound';
const OPEN_KEY = 'kefu.widget.open';
/** Where the SDK keeps sessions: of anonymous visitors, and of those whom the business names. */
const VISITOR_KEYS = ['kefu.visitor', 'kefu.named'];
const TUNE = [740, 988];

/** As long as the tab: a page that is opened anew has the conversation as it was left in this tab. */
const tab = browserStore(() => sessionStorage);

/** What the button and the panel need to know of a conversation, wherever it runs. */
export interface Shown {
  open: boolean;
  readonly unread: number;
}

/** Who the page says that it is, and who hears that it is not believed. */
export type Who = Pick<DeskOptions, 'identity' | 'refused'>;

/** A visitor at this widget. Who never opens it costs the server one request a page. */
export class Visit implements Shown {
  /** Made when it is needed. */
  desk = $state.raw<Desk | undefined>();
  muted = $state(local.get(SOUND_KEY) === 'off');
  readonly unread = $derived.by(() => {
    const { open, room } = this;
    if (!room || (open && eyes.here)) return 0;
    return room.messages.filter((each) => isHeard(each) && Number(each.seq) > room.own.read).length;
  });
  private shown = $state(false);
  private readonly room = $derived(this.desk?.room);
  private heardSeq: number | undefined;
  private report: (() => void) | undefined;

  constructor(
    private readonly server: string,
    private readonly site: Site,
    private readonly chime: Chime,
    private readonly who: Who,
    /** Where the visitor is. */
    private readonly page: () => SeenPage,
  ) {
    // Somebody who has spoken before may have been answered meanwhile.
    if (this.isKnown) this.begin();
    $effect.root(() => {
      $effect(() => this.listen());
    });
  }

  get open(): boolean {
    return this.shown;
  }

  set open(open: boolean) {
    if (open) this.begin();
    this.shown = open;
    tab.set(OPEN_KEY, open ? 'yes' : 'no');
  }

  /** It was open when this tab showed a page before. */
  get wasOpen(): boolean {
    return tab.get(OPEN_KEY) === 'yes';
  }

  /** The page says who sits here, or says it no more; whoever was here before leaves nothing. */
  identify(): void {
    if (this.desk) this.desk.identify();
    else if (this.isKnown) this.begin();
  }

  /** The page around is another one now. */
  turn(): void {
    this.report?.();
  }

  toggleSound(): void {
    this.muted = !this.muted;
    local.set(SOUND_KEY, this.muted ? 'off' : 'on');
    if (!this.muted) this.chime.play(TUNE);
  }

  private get isKnown(): boolean {
    return VISITOR_KEYS.some((key) => local.get(key) !== null);
  }

  private begin(): void {
    if (this.desk) return;
    const { server, site, who } = this;
    this.desk = new Desk({ server, site, ...who });
    this.report = reportPages(this.desk.visitor, this.page);
  }

  /** A sound for whatever comes while nobody looks; what was there before makes none. */
  private listen(): void {
    const { room } = this;
    const last = room?.messages.at(-1);
    if (!room) {
      this.heardSeq = undefined;
      return;
    }
    const began = untrack(() => Number(this.desk?.head?.lastSeq ?? 0n));
    const heardSeq = (this.heardSeq ??= began);
    const seq = Number(last?.seq ?? 0n);
    if (!last || seq <= heardSeq) return;
    this.heardSeq = seq;
    const seen = untrack(() => this.shown && eyes.here);
    if (isHeard(last) && !seen && !untrack(() => this.muted)) this.chime.play(TUNE);
  }
}

/** Somebody said it to the visitor, and stands by it. */
function isHeard({ sender, body, recalledSeq }: Message): boolean {
  const kind = body?.kind.case;
  const said = kind !== undefined && kind !== 'notice' && kind !== 'recall';
  return said && recalledSeq === 0n && (sender === Sender.BOT || sender === Sender.AGENT);
}
