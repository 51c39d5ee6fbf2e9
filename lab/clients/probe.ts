import { setTimeout as sleep } from 'node:timers/promises';
import type { Findings } from '#lab/harness/findings.ts';
import { problemIn, type Session } from './session.ts';

/** What became of the questions of somebody who does no harm. */
export type Probed = {
  /** Any answer but a refusal. A server may be away: then the answer says so. */
  answered: number;
  /** The web process had no place for them, or said that they came too often. */
  refused: number;
  /** The web process was away, or went away before it had answered. */
  away: number;
};

const PACE = 200; // ms between two questions
const PATIENCE = 20_000; // ms; whoever is up answers sooner, also under load: this is a hang
const REFUSALS = ['/problems/too-busy', '/problems/over-rate', '/problems/too-many-streams'];

/**
 * Asks the web process for its health and for home, in turn, until the signal. A question that is never answered is a
 * finding, and so are a mistake of the server and any refusal of the health check: nothing that others do may take
 * that away.
 */
export async function keepProbing(
  reader: Session,
  { findings, patience = PATIENCE }: { findings: Findings; patience?: number },
  signal: AbortSignal,
): Promise<Probed> {
  const probed = { answered: 0, refused: 0, away: 0 };
  for (let turn = 0; !signal.aborted; turn++) {
    const path = turn % 2 === 0 ? '/healthz' : '/api/timelines/home';
    const outcome = await probe(reader, path, patience);
    if (outcome === 'never') findings.add('no answer', `GET ${path}: expected one in ${patience} ms`);
    else if (outcome === 'a mistake') findings.add('unexpected answer', `GET ${path}: 500`);
    else probed[outcome]++;
    if (outcome === 'refused' && path === '/healthz') findings.add('no answer', 'GET /healthz was refused');
    await sleep(PACE, undefined, { signal }).catch(() => {});
  }
  return probed;
}

type Outcome = keyof Probed | 'never' | 'a mistake';

async function probe({ url, cookie }: Session, path: string, patience: number): Promise<Outcome> {
  try {
    const answer = await fetch(url + path, { headers: { cookie }, signal: AbortSignal.timeout(patience) });
    const text = await answer.text();
    if (answer.status === 500) return 'a mistake';
    return REFUSALS.includes(problemIn(text) ?? '') ? 'refused' : 'answered';
  } catch (error) {
    return error instanceof Error && error.name === 'TimeoutError' ? 'never' : 'away';
  }
}
