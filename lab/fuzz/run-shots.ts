import { SECOND } from '#core/durations.ts';
import type { ApiDocument } from './api-document.ts';
import { checkReceived, type Verdict } from './check-answer.ts';
import { exchange } from './exchange.ts';
import type { Kind, Shot } from './shot.ts';

/** What was wrong with one shot. Its number draws the same shot again. */
export type Finding = { number: number; shot: Shot; what: string };

/** Where shots go, what their answers are compared with, and what was found. */
export type Range = {
  port: number;
  document: ApiDocument;
  draw(number: number): Shot;
  /** Called with every shot when it is over. */
  seen(shot: Shot, verdict: Verdict): void;
  /** How often each kind got each answer. */
  tally: Map<Kind, Map<string, number>>;
  findings: Finding[];
};

const CONNECTIONS = 8; // at a time
const PATIENCE = 20 * SECOND; // the server gives up a half-sent request after 15 s

/** Sends the shots `from` to `to`, the last one not included, a few at a time. */
export async function runShots(range: Range, from: number, to: number): Promise<void> {
  let next = from;
  const slow: Promise<void>[] = [];
  const sendOn = async () => {
    while (next < to) {
      const number = next++;
      const shot = range.draw(number);
      const over = runShot(range, number, shot);
      // Half a request whose client waits gets no answer for seconds. It must not hold up the other shots.
      if (shot.kind === 'half-sent' && shot.ending === 'wait') slow.push(over);
      else await over;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, sendOn));
  await Promise.all(slow);
}

async function runShot(range: Range, number: number, shot: Shot): Promise<void> {
  const verdict = checkReceived(range.document, shot, await exchange(range.port, shot, PATIENCE));
  count(range.tally, shot.kind, verdict);
  range.findings.push(...verdict.findings.map((what) => ({ number, shot, what })));
  range.seen(shot, verdict);
}

function count(tally: Range['tally'], kind: Kind, { answers }: Verdict): void {
  const counts = tally.get(kind) ?? new Map<string, number>();
  tally.set(kind, counts);
  const statuses = answers.length === 0 ? ['none'] : answers.map(({ status }) => String(status));
  for (const status of statuses) counts.set(status, (counts.get(status) ?? 0) + 1);
}
