import type { PostOutcome } from '#core/tweets/post-tweet.ts';

/** What a post is counted as: its outcome, or `replayed` when its key was answered before and got the same answer. */
export type Answered = PostOutcome['outcome'] | 'replayed';

/** How one web process has answered posts since it started. Counts tweets, except where answers are named. */
export type PostTally = {
  admitted: number;
  /** Answers 503: one tweet may be refused several times. */
  refused: number;
  /** Answers 429. */
  tooFast: number;
  /** Times that a tweet came back which this process had refused, whatever the answer was then. */
  retried: number;
  /** Tweets that were refused before, by this process, and came back and were admitted. */
  admittedAfterRefusal: number;
  /** Of those, the ones that got in at their first retry. */
  admittedAtFirstRetry: number;
  /** The last Retry-After given with a 503, in seconds. */
  lastRetryAfterS: number | null;
};

/** So many refused tweets are remembered until they come back; the oldest are forgotten first. */
const REMEMBERED = 10_000;

/** Counts the answers to posts. By its name it knows a tweet that comes back. */
export class Tally {
  readonly #answers = new Map<Answered, number>();
  readonly #afterRefusal = { retried: 0, admittedAfterRefusal: 0, admittedAtFirstRetry: 0 };
  #lastRetryAfterS: number | null = null;
  /** Refusals so far by name, the oldest first. */
  readonly #refused = new Map<string, number>();

  get counts(): PostTally {
    const answered = (outcome: Answered) => this.#answers.get(outcome) ?? 0;
    return {
      ...{ admitted: answered('posted'), refused: answered('full'), tooFast: answered('too fast') },
      ...this.#afterRefusal,
      lastRetryAfterS: this.#lastRetryAfterS,
    };
  }

  /** How often each outcome was answered. */
  get answers(): ReadonlyMap<Answered, number> {
    return this.#answers;
  }

  answered(outcome: Answered, name: string): void {
    this.#answers.set(outcome, (this.#answers.get(outcome) ?? 0) + 1);
    const refusals = outcome === 'posted' ? this.#refused.get(name) : undefined;
    if (refusals === undefined) return;
    this.#refused.delete(name);
    this.#afterRefusal.retried++;
    this.#afterRefusal.admittedAfterRefusal++;
    if (refusals === 1) this.#afterRefusal.admittedAtFirstRetry++;
  }

  /** Says what Retry-After a full system has given, and remembers whom, until the tweet comes back. */
  refused(name: string, retryAfterS: number): void {
    this.#lastRetryAfterS = retryAfterS;
    const refusals = this.#refused.get(name) ?? 0;
    if (refusals > 0) this.#afterRefusal.retried++;
    this.#refused.delete(name); // to the end: it was heard of just now
    this.#refused.set(name, refusals + 1);
    const oldest = this.#refused.keys().next();
    if (this.#refused.size > REMEMBERED && !oldest.done) this.#refused.delete(oldest.value);
  }
}
