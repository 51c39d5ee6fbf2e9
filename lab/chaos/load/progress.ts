import { z } from 'zod';
import type { Findings } from '../findings.ts';
import type { Crash } from '../stage/stage.ts';

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
 * Holds what is shown of each tweet against what was shown before. A crash of Postgres may take back up to 0.6 s of
 * what workers committed without waiting (docs/decisions/007): that is counted, and no finding.
 */
export class Progress {
  readonly #last = new Map<string, Shown>();
  /** Times that a crash of Postgres took progress back. */
  takenBack = 0;
  /** Times that something was looked at. */
  looks = 0;

  constructor(
    private readonly findings: Findings,
    private readonly crashes: Crash[],
  ) {}

  /** What one viewer, who sees one answer after another, is shown now. */
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
