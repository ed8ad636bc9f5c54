import type { ChatClient } from '@kefu/sdk';
import type { Proposal, Proposals } from '@kefu/sdk/proto/proposal';
import { origin, type Taken } from './shown';

/** What a visitor was writing fades after this, milliseconds. */
const WRITING_MS = 15_000;

/** What the bot would say in one open conversation, and what the agent took of it. */
export class Assist {
  /** The newest offer; the server says nothing when there is none. */
  offer = $state.raw<Proposals | undefined>();
  /** What is in the composer came from this proposal. */
  private taken: Taken | undefined;
  /** What the visitor is writing, where visitors are told that agents see it. */
  writing = $state('');
  private fading: ReturnType<typeof setTimeout> | undefined;
  private readonly unsubscribe: () => void;

  constructor(client: ChatClient, conversationId: bigint) {
    this.unsubscribe = client.connection.on('frame', (body) => {
      if (body.case === 'proposals' && body.value.conversationId === conversationId) {
        this.offer = body.value;
      } else if (body.case === 'typingText' && body.value.conversationId === conversationId) {
        this.show(body.value.text);
      }
    });
  }

  /** The proposal goes into the composer, to be changed there. */
  take(proposal: Proposal): string {
    const { intent, text } = proposal;
    this.taken = { intent, catalogue: this.offer?.catalogue ?? '', text };
    return text;
  }

  /** What was in the composer is gone, and with it where it came from. */
  forget(): void {
    this.taken = undefined;
  }

  /** Where this text came from, if it is what was taken. */
  originOf(text: string) {
    return origin(this.taken, text);
  }

  close(): void {
    clearTimeout(this.fading);
    this.unsubscribe();
  }

  /** What is not said again was sent, thrown away, or left. */
  private show(text: string): void {
    clearTimeout(this.fading);
    this.writing = text;
    this.fading = setTimeout(() => (this.writing = ''), WRITING_MS);
  }
}
