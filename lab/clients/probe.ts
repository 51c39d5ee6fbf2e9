import { setTimeout as sleep } from 'node:timers/promises';
import type { Findings } from '#lab/harness/findings.ts';
import { awakeFor, SleptTime } from '#lab/harness/slept-time.ts';
import { problemIn, type Session } from './session.ts';

/** What became of the requests of somebody who does no harm. */
export type Probed = {
  /** Any answer but a refusal. It may say that a server is away. */
  answered: number;
  /** The web process had no place for the request, or said that they came too often. */
  refused: number;
  /** The web process was away, or went away before its answer. */
  away: number;
};

const PACE = 200; // ms between two requests
const PATIENCE = 20_000; // ms awake; a web process that is up answers sooner, even under load. Longer is a hang
const REFUSALS = ['/problems/too-busy', '/problems/over-rate', '/problems/too-many-streams'];

/**
 * Asks the web process for its health and for home, in turn, until the signal. Findings are: a request that is never
 * answered, an error of the server, and any refusal of the health check, which nobody's requests may take away.
 */
export async function keepProbing(
  reader: Session,
  {
    findings,
    patience = PATIENCE,
    slept = new SleptTime(),
  }: { findings: Findings; patience?: number; slept?: SleptTime },
  signal: AbortSignal,
): Promise<Probed> {
  const probed = { answered: 0, refused: 0, away: 0 };
  for (let turn = 0; !signal.aborted; turn++) {
    const path = turn % 2 === 0 ? '/healthz' : '/api/timelines/home';
    const outcome = await probe(reader, path, awakeFor(patience, slept));
    if (outcome === 'never') findings.add('no answer', `GET ${path}: expected one in ${patience} ms`);
    else if (outcome === 'a mistake') findings.add('unexpected answer', `GET ${path}: 500`);
    else probed[outcome]++;
    if (outcome === 'refused' && path === '/healthz') findings.add('no answer', 'GET /healthz was refused');
    await sleep(PACE, undefined, { signal }).catch(() => {});
  }
  return probed;
}

type Outcome = keyof Probed | 'never' | 'a mistake';

async function probe(
  { url, cookie }: Session,
  path: string,
  { signal, cancel }: ReturnType<typeof awakeFor>,
): Promise<Outcome> {
  try {
    const answer = await fetch(url + path, { headers: { cookie }, signal });
    const text = await answer.text();
    if (answer.status === 500) return 'a mistake';
    return REFUSALS.includes(problemIn(text) ?? '') ? 'refused' : 'answered';
  } catch (error) {
    return error instanceof Error && error.name === 'TimeoutError' ? 'never' : 'away';
  } finally {
    cancel();
  }
}
