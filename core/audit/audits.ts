import { type Audit, auditShape } from '#core/audit/audit.ts';
import { type AuditLine, type AuditStep, TooManyAudits } from '#core/audit/line.ts';

export type AuditRun = { signal: AbortSignal; progress(step: AuditStep): Promise<void> };

type Sources = {
  line: AuditLine;
  /** Rejects when there is nothing to audit, before a place in line is taken. */
  check(tweetId: number): Promise<unknown>;
  run(tweetId: number, run: AuditRun): Promise<Audit>;
  /** Called when the audit of a tweet begins, moves on, or is over. */
  moved(tweetId: number): void;
};

/** So many people may wait for audits of one web process: each is a promise and an open connection. */
const MOST_WAITING = 500;

type Job = {
  tweetId: number;
  /** The people who wait for it. When the last one leaves, it ends. */
  waiting: number;
  stop: AbortController;
  result: Promise<Audit>;
};

/**
 * The audits that people ask one web process for. Each takes a place in the line of all processes:
 *
 *     A asks for tweet 1 ──▶ runs ◀── B asks for tweet 1 as well, and shares it
 *     C asks for tweet 2 ──▶ waits until it is done
 *
 * Whoever joins a run gets the result of an audit that began before the question. If two processes are asked for one tweet,
 * one of them runs, and leaves its result with the other. When nobody waits for a run any more, it ends or leaves the line.
 */
export class Audits {
  readonly #jobs = new Map<number, Job>();
  #waiting = 0;

  constructor(private readonly sources: Sources) {}

  /** People who wait for audits of this process. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Audits a tweet. `signal` says that the caller does not wait any more. Throws {@link TooManyAudits}. */
  async ask(tweetId: number, signal: AbortSignal): Promise<Audit> {
    signal.throwIfAborted();
    if (this.#waiting >= MOST_WAITING)
      throw new TooManyAudits(`Expected fewer than ${MOST_WAITING} people to wait for audits, so many do`);
    const job = this.#jobs.get(tweetId) ?? this.#begin(tweetId);
    job.waiting++;
    this.#waiting++;
    const answered = new AbortController();
    try {
      return await Promise.race([job.result, aborted(signal, answered.signal)]);
    } finally {
      answered.abort();
      this.#leave(job);
    }
  }

  #begin(tweetId: number): Job {
    const stop = new AbortController();
    const result = this.#run(tweetId, stop.signal).finally(() => this.#forget(job));
    const job: Job = { tweetId, waiting: 0, stop, result };
    result.catch(() => {}); // when all have left nobody is there to hear of it
    this.#jobs.set(tweetId, job);
    return job;
  }

  async #run(tweetId: number, signal: AbortSignal): Promise<Audit> {
    const { line, check, run } = this.sources;
    const moved = () => this.sources.moved(tweetId);
    await check(tweetId);
    const place = await line.join(tweetId);
    let result: Audit | null = null;
    try {
      const found = await place.turn(signal, moved);
      if (found !== null) return auditShape.parse(found);
      result = await run(tweetId, {
        signal,
        progress: async (step) => {
          if (await place.note(step)) moved();
        },
      });
      return result;
    } finally {
      await place.leave(result).catch(() => {}); // beyond its lease it counts no more
      moved();
    }
  }

  #leave(job: Job): void {
    job.waiting--;
    this.#waiting--;
    if (job.waiting > 0) return;
    job.stop.abort(new Error('Nobody waits for this audit any more'));
    this.#forget(job);
  }

  /** Forgets the run: whoever asks from now on begins a new one. */
  #forget(job: Job): void {
    if (this.#jobs.get(job.tweetId) === job) this.#jobs.delete(job.tweetId);
  }
}

/** Rejects when a signal aborts, and listens no more after `end`. */
const aborted = (signal: AbortSignal, end: AbortSignal): Promise<never> =>
  new Promise((_, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason), { once: true, signal: end }),
  );
