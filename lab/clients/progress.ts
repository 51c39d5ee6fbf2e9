import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Findings } from '#lab/harness/findings.ts';
import type { Crash } from '#lab/stage/breakable-stage.ts';
import { followStream } from './follow-stream.ts';
import { type Caller, request } from './session.ts';

const shown = z.object({
  tweetId: z.number(),
  expected: z.number(),
  delivered: z.number(),
  cold: z.number(),
  gone: z.number(),
  /** When it was read, by the clock of Postgres. */
  now: z.iso.datetime(),
});

type Shown = z.infer<typeof shown>;

/**
 * Compares what is shown of each tweet's delivery with what was shown before. A crash of Postgres may take back up to
 * 0.6 s of what workers committed without waiting. That is counted, but is no finding.
 */
export class Progress {
  readonly #last = new Map<string, Shown>();
  /** How often a crash of Postgres took progress back. */
  takenBack = 0;
  /** How many answers and events were compared. */
  looks = 0;

  constructor(
    private readonly findings: Findings,
    private readonly crashes: Crash[],
  ) {}

  /** Takes what one viewer is shown now. Each viewer sees one answer after another. */
  see(viewer: string, body: unknown): void {
    const now = shown.parse(body);
    const key = `${viewer}, tweet ${now.tweetId}`;
    this.looks++;
    if (doneOf(now) > now.expected)
      this.findings.add('progress above expected', `${key}: ${JSON.stringify(now)}`);
    const last = this.#last.get(key);
    if (last && (doneOf(now) < doneOf(last) || now.delivered < last.delivered)) this.#judge(key, last, now);
    this.#last.set(key, now);
  }

  #judge(key: string, last: Shown, now: Shown): void {
    if (this.crashes.some((crash) => crash.from <= Date.parse(now.now) && crash.to >= Date.parse(last.now)))
      this.takenBack++;
    else
      this.findings.add(
        'progress backwards',
        `${key}: ${JSON.stringify(last)} and then ${JSON.stringify(now)}`,
      );
  }
}

const doneOf = ({ delivered, cold, gone }: Shown) => delivered + cold + gone;

export type AcceptedTweet = { tweetId: number; author: Caller };

/** Watches the deliveries until `signal`: by requests, and by the live streams of all authors. */
export async function watchProgress(
  { authors, accepted, progress }: { authors: Caller[]; accepted: AcceptedTweet[]; progress: Progress },
  signal: AbortSignal,
): Promise<void> {
  const streams = authors.map((author) => {
    const viewer = `stream of ${author.handle}`;
    const heard = ({ event, data }: { event: string; data: unknown }) =>
      event === 'delivery' && progress.see(viewer, data);
    return followStream(author, { topics: `posts:${author.handle}`, heard }, signal);
  });
  await Promise.all([pollProgress(accepted, progress, signal), ...streams]);
}

const PACE = 30; // ms between two requests
const NEWEST = 40; // tweets that it asks for in turn, finished or not

/** Asks for the newest tweets in turn, like somebody who reloads their pages. */
async function pollProgress(
  accepted: AcceptedTweet[],
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    for (const { tweetId, author } of accepted.slice(-NEWEST)) {
      const answer = await request(author, { method: 'GET', path: `/api/tweets/${tweetId}/delivery` });
      if (answer?.status === 200 && answer.body) progress.see('polling', answer.body);
      await pause(signal);
    }
    await pause(signal);
  }
}

const pause = (signal: AbortSignal) => sleep(PACE, undefined, { signal }).catch(() => {});
