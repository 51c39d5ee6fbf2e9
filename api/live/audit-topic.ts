import type { EventStream } from '#api/live/event-stream.ts';
import { SharedReads } from '#api/live/shared-reads.ts';
import type { AUDITS, AuditLine, AuditProgress } from '#core/audit/line.ts';
import type { HintSource } from '#core/hints.ts';

type Told = { tweetId: number; progress: AuditProgress | null };

type Sources = { line: AuditLine; hints: HintSource<NonNullable<ReturnType<typeof AUDITS.parse>>> };

const PACE = 100; // ms between two reads of how far one audit is
/** ms between two looks at what is on its way: nobody tells that the process of an audit has died. */
const LOOK_EVERY = 3_000;

/** The audits that somebody looks at: one read a tweet for all streams of this process, as the hints come. */
export class WatchedAudits {
  readonly #reads: SharedReads<number, Told>;
  readonly #onWay = new Set<number>();
  #isListening = false;
  #looking: NodeJS.Timeout | undefined;

  constructor(private readonly sources: Sources) {
    this.#reads = new SharedReads({
      pace: PACE,
      read: (tweetId) => this.#read(tweetId),
      idOf: ({ tweetId }) => tweetId,
      markOf: (told) => JSON.stringify(told),
    });
  }

  /** Calls `listener` with where the audit of this tweet stands, now and as it goes on; returns how to stop. */
  watch(tweetId: number, listener: (told: Told) => void): () => void {
    this.#listen();
    return this.#reads.watch(tweetId, (read) => read.forEach(listener));
  }

  #listen(): void {
    if (this.#isListening) return;
    this.#isListening = true;
    this.sources.hints.listen((heard) => {
      if (heard === 'resync') this.#reads.touchAll();
      else this.#reads.touch(heard.tweetId);
    });
  }

  async #read(tweetId: number): Promise<Told[]> {
    const progress = await this.sources.line.progress(tweetId);
    if (progress) this.#onWay.add(tweetId);
    else this.#onWay.delete(tweetId);
    if (this.#onWay.size > 0) this.#looking ??= setInterval(() => this.#look(), LOOK_EVERY);
    return [{ tweetId, progress }];
  }

  #look(): void {
    for (const tweetId of this.#onWay) if (!this.#reads.touch(tweetId)) this.#onWay.delete(tweetId);
    if (this.#onWay.size > 0) return;
    clearInterval(this.#looking);
    this.#looking = undefined;
  }
}

/** Sends `audit` events of one tweet: where its audit stands, null while there is none. */
export function streamAudit(stream: EventStream, audits: WatchedAudits, tweetId: number): void {
  stream.onEnd(audits.watch(tweetId, (told) => stream.send('audit', told)));
}
