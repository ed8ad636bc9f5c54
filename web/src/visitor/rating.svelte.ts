import { problemCode, type Rest } from '@kefu/sdk';
import type { Choices, Rating } from '@kefu/sdk/proto/closing';
import { closing, type Said } from '../lib/closing';

/** The rating of the talk that ended last. */
export class TalkRating {
  choices = $state.raw<Choices | undefined>();
  /** "idle" while there is nothing to ask, or it is not known yet. */
  state = $state<'idle' | 'asking' | 'sending' | 'done'>('idle');
  rating = $state.raw<Rating | undefined>();
  /** The code of what went wrong. */
  problem = $state('');
  private talk: { conversationId: bigint; endedSeq: bigint } | undefined;

  constructor(private readonly rest: Rest) {}

  /** The talk that may be rated now; `undefined` when there is none. */
  async about(conversationId: bigint, endedSeq: bigint | undefined): Promise<void> {
    const { talk } = this;
    if (talk?.conversationId === conversationId && talk.endedSeq === endedSeq) return;
    this.state = 'idle';
    this.problem = '';
    this.rating = undefined;
    this.talk = endedSeq === undefined ? undefined : { conversationId, endedSeq };
    if (this.talk) await this.look(this.talk);
  }

  async send(said: Said): Promise<void> {
    const { talk } = this;
    if (!talk || this.state !== 'asking') return;
    this.state = 'sending';
    this.problem = '';
    try {
      const rating = await closing.rate(this.rest, talk.conversationId, talk.endedSeq, said);
      if (talk === this.talk) this.rated(rating);
    } catch (error) {
      if (talk !== this.talk) return;
      this.state = 'asking';
      this.problem = problemCode(error);
      // Another tab of this visitor was first: what it said stands.
      if (this.problem === 'conflict') await this.look(talk);
    }
  }

  /** Not now: asked again when the page is opened again. */
  later(): void {
    this.state = 'idle';
  }

  private async look(talk: NonNullable<typeof this.talk>): Promise<void> {
    try {
      this.choices ??= await closing.choices(this.rest);
      const endings = await closing.endings(this.rest, talk.conversationId);
      if (talk !== this.talk) return;
      const known = endings.find((ending) => ending.endedSeq === talk.endedSeq)?.rating;
      if (known) this.rated(known);
      else if (this.choices.ratings) this.state = 'asking';
    } catch {
      // Nobody is shown a question that could not be answered.
      this.talk = undefined;
    }
  }

  private rated(rating: Rating): void {
    this.rating = rating;
    this.state = 'done';
  }
}
