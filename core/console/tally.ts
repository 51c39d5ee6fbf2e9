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

/** Counts the answers to posts; a tweet has a name by which it is known when it comes back. */
export class Tally {
  readonly #counts: PostTally = {
    admitted: 0,
    refused: 0,
    tooFast: 0,
    retried: 0,
    admittedAfterRefusal: 0,
    admittedAtFirstRetry: 0,
    lastRetryAfterS: null,
  };
  /** Refusals so far by name, the oldest first. */
  readonly #refused = new Map<string, number>();
  readonly #answers = new Map<string, number>();

  get counts(): PostTally {
    return { ...this.#counts };
  }

  /** How often each outcome was answered, replays and mismatches of a key included. */
  get answers(): ReadonlyMap<string, number> {
    return this.#answers;
  }

  answered(outcome: string): void {
    this.#answers.set(outcome, (this.#answers.get(outcome) ?? 0) + 1);
  }

  /** A tweet was accepted for the first time; a replayed answer is none. */
  admitted(name: string): void {
    this.#counts.admitted++;
    const refusals = this.#refused.get(name);
    if (refusals === undefined) return;
    this.#refused.delete(name);
    this.#counts.retried++;
    this.#counts.admittedAfterRefusal++;
    if (refusals === 1) this.#counts.admittedAtFirstRetry++;
  }

  /** The system was full, and this Retry-After was given. */
  refused(name: string, retryAfterS: number): void {
    this.#counts.refused++;
    this.#counts.lastRetryAfterS = retryAfterS;
    const refusals = this.#refused.get(name) ?? 0;
    if (refusals > 0) this.#counts.retried++;
    this.#refused.delete(name); // to the end: it was heard of just now
    this.#refused.set(name, refusals + 1);
    const oldest = this.#refused.keys().next();
    if (this.#refused.size > REMEMBERED && !oldest.done) this.#refused.delete(oldest.value);
  }

  /** The account was over its own rate. */
  tooFast(): void {
    this.#counts.tooFast++;
  }
}
