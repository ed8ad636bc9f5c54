import { SvelteMap } from 'svelte/reactivity';
import { ActRequest_Action as Action } from '@kefu/sdk/proto/chat';
import { Phase, Priority, Sender, type Agent, type Conversation } from '@kefu/sdk/proto/message';
import { Room } from '../../lib/chat/room.svelte';
import { problemCode, Room as OpenRoom, textBody } from '@kefu/sdk';
import { i18n } from '../../lib/i18n/index.svelte';
import { Notes } from '../notes/notes.svelte';
import { Tags } from '../profile/tags.svelte';
import type { Proposal } from '@kefu/sdk/proto/proposal';
import { Assist } from '../assist/assist.svelte';
import { Trail } from '../visitors/trail.svelte';
import { toasts } from '../../lib/toasts.svelte';
import { alertAbout } from './announce';
import { DraftBook, noteDrafts, notePrefix, replyPrefix } from './drafts.svelte';
import type { Workspace } from './workspace.svelte';

/** These mean that the screen was older than the truth. */
const STALE = new Set(['conflict', 'closed', 'not_found', 'forbidden']);

export type TalkAction = 'claim' | 'end' | 'finish' | 'return' | 'transfer' | 'prioritize';

const ACTIONS: Record<Exclude<TalkAction, 'prioritize'>, Action> = {
  claim: Action.CLAIM,
  end: Action.END,
  finish: Action.FINISH,
  return: Action.RETURN_TO_BOT,
  transfer: Action.TRANSFER,
};

/** The conversation in the middle of the workspace, and what can be done to it. */
export class Talk {
  id = $state<bigint | undefined>();
  room = $state.raw<Room | undefined>();
  busy = $state(false);
  /** The conversation that was asked for cannot be shown. */
  missing = $state(false);
  readonly head = $derived.by(() =>
    this.id === undefined ? undefined : this.workspace.conversations.get(this.id),
  );
  readonly vip = $derived.by(() => this.head?.priority === Priority.VIP);
  readonly mine = $derived.by(() => this.head?.agentId === this.workspace.me.id);
  /** How many summaries were saved here: who shows them looks again. */
  summaries = $state(0);
  /** The message that was looked for, while its conversation is open. */
  target = $state.raw<{ id: bigint; seq: bigint } | undefined>();
  /** What agents share around the open conversation. */
  notes = $state.raw<Notes | undefined>();
  tags = $state.raw<Tags | undefined>();
  /** What the bot would say in it, and where its visitor is. */
  assist = $state.raw<Assist | undefined>();
  trail = $state.raw<Trail | undefined>();
  /** Where a note is being written, not a reply. */
  private readonly notings = new SvelteMap<bigint, boolean>();
  /** Kept apart, so that neither box ever holds what was written into the other. */
  private readonly replies: DraftBook;
  private readonly begunNotes: DraftBook;

  constructor(private readonly workspace: Workspace) {
    const person = `agent-${workspace.me.id}`;
    this.replies = new DraftBook(workspace.client.drafts, replyPrefix(person));
    this.begunNotes = new DraftBook(noteDrafts(person), notePrefix(person));
  }

  /** What the agent may do now; the server holds it the same way. */
  can(action: TalkAction): boolean {
    const phase = this.head?.phase;
    const answers = this.mine || this.workspace.oversees;
    switch (action) {
      case 'claim':
        return phase === Phase.QUEUED;
      case 'finish':
        return phase === Phase.WRAP_UP && answers;
      case 'prioritize':
        return this.head !== undefined && answers;
      default:
        return phase === Phase.SERVING && answers;
    }
  }

  get draft(): string {
    return this.id === undefined ? '' : this.replies.get(this.id);
  }

  set draft(text: string) {
    if (this.id !== undefined) this.replies.set(this.id, text);
    if (text === '') this.assist?.forget();
  }

  /** A note is being written, not a reply. */
  get noting(): boolean {
    return this.id !== undefined && (this.notings.get(this.id) ?? false);
  }

  set noting(on: boolean) {
    if (this.id === undefined || this.noting === on) return;
    this.notings.set(this.id, on);
    toasts.say(i18n.m.notes.toggled(on));
  }

  get noteDraft(): string {
    return this.id === undefined ? '' : this.begunNotes.get(this.id);
  }

  set noteDraft(text: string) {
    if (this.id !== undefined) this.begunNotes.set(this.id, text);
  }

  /** What was begun there and not sent: the reply, or else the note. */
  begunIn(id: bigint): string {
    return this.replies.get(id) || this.begunNotes.get(id);
  }

  /** Whoever sits down here next has other drafts. */
  forgetDrafts(): void {
    this.replies.clear();
    this.begunNotes.clear();
  }

  /** Listens to other tabs no more. */
  stop(): void {
    this.leave();
    this.begunNotes.close();
  }

  /** A supervisor may whisper to whoever serves the conversation. */
  get whispers(): boolean {
    const { phase = Phase.UNSPECIFIED } = this.head ?? {};
    const served = phase === Phase.SERVING || phase === Phase.WRAP_UP;
    return served && !this.mine && this.workspace.oversees;
  }

  /** Puts a note on its way. */
  writeNote(text: string, whisper: boolean): boolean {
    this.notes?.write(text, whisper && this.whispers);
    return this.notes !== undefined;
  }

  async open(id: bigint): Promise<void> {
    if (this.id === id) return;
    this.leave();
    this.id = id;
    toasts.settle(alertAbout(id));
    const { conversations } = this.workspace;
    if (!conversations.has(id)) {
      try {
        await this.workspace.refresh(id);
      } catch {
        this.missing = this.id === id;
        return;
      }
    }
    if (this.id === id) this.enter(id, conversations.get(id));
  }

  /** Which message to show once its conversation is open. */
  seek(id: bigint, seq: bigint): void {
    this.target = { id, seq };
  }

  leave(): void {
    if (this.target?.id === this.id) this.target = undefined;
    this.notes?.close();
    this.notes = undefined;
    this.tags?.close();
    this.tags = undefined;
    this.assist?.close();
    this.assist = undefined;
    this.trail?.close();
    this.trail = undefined;
    this.room?.close();
    this.room = undefined;
    this.id = undefined;
    this.missing = false;
  }

  /** After a reconnect: a conversation that left the lists is asked for by itself. */
  recover(): void {
    const { id } = this;
    if (id === undefined || this.workspace.conversations.has(id)) return;
    this.workspace.refresh(id).catch(() => (this.missing = this.id === id));
  }

  send(text: string, origin = this.assist?.originOf(text)): boolean {
    try {
      this.room?.send(textBody(text), origin);
      return this.room !== undefined;
    } catch (error) {
      toasts.show('bad', i18n.problem(problemCode(error)));
      return false;
    }
  }

  /** What the bot proposes is said as it is. What was begun in the composer stays. */
  sendProposal({ intent, text }: Proposal): boolean {
    const catalogue = this.assist?.offer?.catalogue ?? '';
    return this.send(text, { intent, catalogue, edited: false });
  }

  /** What the bot proposes goes into the composer, after what was begun there. */
  takeProposal(proposal: Proposal): void {
    const begun = this.draft.trimEnd();
    const text = this.assist?.take(proposal) ?? proposal.text;
    this.draft = begun ? `${begun}\n${text}` : text;
  }

  key(): void {
    this.room?.key();
  }

  idle(): void {}

  async loadEarlier(): Promise<void> {
    try {
      await this.room?.loadEarlier();
    } catch (error) {
      toasts.show('bad', i18n.problem(problemCode(error)));
    }
  }

  /** Loads what lies between the message that is looked for and what is shown. */
  async reach(seq: bigint): Promise<void> {
    try {
      if ((await this.room?.reach(Number(seq))) === false) {
        toasts.show('bad', i18n.m.search.tooFar);
      }
    } catch (error) {
      toasts.show('bad', i18n.problem(problemCode(error)));
    }
  }

  /** Transfers go to `agent`, or to the queue when there is none. */
  async act(action: TalkAction, agent?: Agent): Promise<void> {
    const { id } = this;
    if (id === undefined || this.busy || !this.can(action)) return;
    this.busy = true;
    try {
      this.idle();
      const { vip } = this;
      this.workspace.answered(await this.ask(id, action, agent));
      if (action === 'prioritize') {
        toasts.say(i18n.m.agent.done[vip ? 'normal' : 'vip']);
        return;
      }
      // The rest is seen at once in the conversation itself.
      if (action === 'return' || action === 'transfer') toasts.show('good', done(action, agent));
      else toasts.say(done(action, agent));
    } catch (error) {
      await this.explain(id, problemCode(error));
    } finally {
      this.busy = false;
    }
  }

  /** To the front of another group's line. */
  async giveToGroup(group: bigint): Promise<void> {
    const { id, workspace } = this;
    if (id === undefined || this.busy || !this.can('transfer')) return;
    this.busy = true;
    try {
      workspace.answered(await workspace.groups.api.transfer(id, group));
      toasts.show('good', i18n.m.routing.transferred(workspace.groups.name(group)));
    } catch (error) {
      await this.explain(id, problemCode(error));
    } finally {
      this.busy = false;
    }
  }

  private ask(id: bigint, action: TalkAction, agent?: Agent): Promise<Conversation> {
    const { rest } = this.workspace;
    if (action !== 'prioritize') return rest.act(id, ACTIONS[action], agent?.id);
    return rest.prioritize(id, this.vip ? Priority.NORMAL : Priority.VIP);
  }

  private async explain(id: bigint, code: string): Promise<void> {
    const stale = STALE.has(code);
    toasts.show('bad', stale ? i18n.m.agent.stale : i18n.problem(code));
    if (stale) await this.workspace.refresh(id).catch(() => undefined);
  }

  private enter(id: bigint, head: Conversation | undefined): void {
    const { client, me } = this.workspace;
    this.replies.refresh(id);
    this.begunNotes.refresh(id);
    this.notes = new Notes(client, id);
    this.tags = new Tags(client, id);
    this.assist = new Assist(client, id);
    this.trail = new Trail(client, id);
    const viewer = { sender: Sender.AGENT, id: me.id };
    this.room = new Room(client.room(id, OpenRoom.startOf(head), () => viewer));
  }
}

function done(action: Exclude<TalkAction, 'prioritize'>, agent: Agent | undefined): string {
  const words = i18n.m.agent.done;
  if (action !== 'transfer') return words[action];
  return agent ? words.transfer(agent.name) : words.transferQueue;
}
