import type { Audit } from '#core/audit/audit.ts';

/** Where the audit of a tweet stands: in line behind so many others, or so many timelines read. */
export type AuditProgress =
  | { state: 'waiting'; ahead: number }
  | { state: 'running'; read: number; expected: number };

export type AuditRun = { signal: AbortSignal; progress(read: number, expected: number): void };

/** Too many audits of other tweets are in line: nothing was begun. */
export class TooManyAudits extends Error {
  override name = 'TooManyAudits';
}

/** Tweets in line. An audit of a million takes about 2 s, so the last one waits for half a minute. */
const MOST = 16;

type Job = {
  tweetId: number;
  /** Those who wait for it: the last one to leave ends it. */
  waiting: number;
  stop: AbortController;
  result: Promise<Audit>;
  progress: { read: number; expected: number } | null;
};

/**
 * The audits of one web process, one at a time: an audit of a million keeps the timeline store busy for a second, and
 * fifty at once would keep it from everybody.
 *
 *     A asks for tweet 1 ──▶ runs ◀── B asks for tweet 1 as well, and shares it
 *     C asks for tweet 2 ──▶ waits until it is done
 *
 * Whoever joins a run gets a result that began before he asked. A run that nobody waits for any more ends, or leaves the
 * line.
 */
export class Audits {
  readonly #jobs = new Map<number, Job>();
  /** Resolves when the last job in line is over. */
  #line: Promise<unknown> = Promise.resolve();

  constructor(private readonly run: (tweetId: number, run: AuditRun) => Promise<Audit>) {}

  /** The audit of a tweet. `signal` says that this one waits no more. Throws {@link TooManyAudits}. */
  async ask(tweetId: number, signal: AbortSignal): Promise<Audit> {
    signal.throwIfAborted();
    const job = this.#jobs.get(tweetId) ?? this.#begin(tweetId);
    job.waiting++;
    const answered = new AbortController();
    try {
      return await Promise.race([job.result, aborted(signal, answered.signal)]);
    } finally {
      answered.abort();
      this.#leave(job);
    }
  }

  /** Null when nobody waits for an audit of this tweet. */
  progress(tweetId: number): AuditProgress | null {
    const job = this.#jobs.get(tweetId);
    if (!job) return null;
    if (job.progress) return { state: 'running', ...job.progress };
    return { state: 'waiting', ahead: [...this.#jobs.keys()].indexOf(tweetId) };
  }

  #begin(tweetId: number): Job {
    if (this.#jobs.size >= MOST) throw new TooManyAudits(`${this.#jobs.size} audits are in line`);
    const stop = new AbortController();
    const job: Job = {
      tweetId,
      waiting: 0,
      stop,
      progress: null,
      result: this.#inLine(() => this.#run(job)),
    };
    job.result.catch(() => {}); // when all have left nobody is there to hear of it
    this.#jobs.set(tweetId, job);
    return job;
  }

  #inLine(run: () => Promise<Audit>): Promise<Audit> {
    const result = this.#line.then(run);
    this.#line = result.catch(() => {});
    return result;
  }

  async #run(job: Job): Promise<Audit> {
    const { tweetId, stop } = job;
    try {
      stop.signal.throwIfAborted();
      return await this.run(tweetId, {
        signal: stop.signal,
        progress: (read, expected) => {
          job.progress = { read, expected };
        },
      });
    } finally {
      this.#forget(job);
    }
  }

  #leave(job: Job): void {
    job.waiting--;
    if (job.waiting > 0) return;
    job.stop.abort(new Error('Nobody waits for this audit any more'));
    this.#forget(job);
  }

  /** Whoever asks from now on begins anew. */
  #forget(job: Job): void {
    if (this.#jobs.get(job.tweetId) === job) this.#jobs.delete(job.tweetId);
  }
}

/** Rejects when a signal aborts, and listens no more after `end`. */
const aborted = (signal: AbortSignal, end: AbortSignal): Promise<never> =>
  new Promise((_, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason), { once: true, signal: end }),
  );
