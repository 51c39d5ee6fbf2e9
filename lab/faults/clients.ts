import { setTimeout as wait } from 'node:timers/promises';
import { idRow, readRows } from '#core/rows.ts';
import { until } from '#dev/ports.ts';
import { INTRUDER } from '#lab/clients/population.ts';
import { Asking } from '#lab/hostile/ask.ts';
import { aStream, halfAPost, holdOpen, manyPages } from '#lab/hostile/hold-open.ts';
import { type Intruder, intrude } from '#lab/hostile/intruder.ts';
import type { BreakableStage } from '#lab/stage/breakable-stage.ts';
import type { Heal } from './outages.ts';

/*
 * Clients that mean harm. They ask the real web process from an address of their own. Whatever it refuses them is fine.
 * Meanwhile lab/clients/probe.ts checks that others are still answered. Afterwards lab/stage/web-at-rest.ts checks that
 * nothing is left in the web process.
 */

/** The part of a stage that these faults need. */
export type Asked = Pick<BreakableStage, 'pool'> & { web: { url: string } };

const PATIENCE = 120_000; // ms; the web process or Postgres may be away at this time

/**
 * One intruder for each web process. Signing in again would wait for whatever is away, and a session outlives a
 * process.
 */
const signedIn = new WeakMap<Asked['web'], Intruder>();

/** Does something as an intruder who has signed in, until it heals. */
async function hostile(
  { web }: Asked,
  act: (intruder: Intruder, signal: AbortSignal) => Promise<unknown>,
): Promise<Heal> {
  const intruder = signedIn.get(web) ?? (await until(() => intrude(web.url, INTRUDER), PATIENCE));
  signedIn.set(web, intruder);
  const ending = new AbortController();
  const over = act(intruder, ending.signal);
  return async () => {
    ending.abort();
    await over;
  };
}

const UNREAD = 40; // streams
const PAGES = 200; // 10 MB of answers on each connection: more than the system buffers for both ends together

/** Opens event streams and asks for large answers, and reads nothing of either. */
export async function neverRead(stage: Asked): Promise<Heal> {
  const tweets = await until(() => newestTweets(stage, 10), PATIENCE);
  const topics = ['status', `home:${INTRUDER}`, ...tweets.map((id) => `delivery:${id}`)];
  return hostile(stage, (intruder, signal) =>
    Promise.all([
      holdOpen(intruder, { bytes: aStream(intruder, topics), isRead: false, count: UNREAD }, signal),
      holdOpen(intruder, { bytes: manyPages(intruder, PAGES), isRead: false, count: 4 }, signal),
    ]),
  );
}

const BODIES = 300; // three times as many as one address may leave half-sent

/** Begins posts whose bodies never end. */
export const sendHalf = (stage: Asked): Promise<Heal> =>
  hostile(stage, (intruder, signal) =>
    holdOpen(intruder, { bytes: halfAPost(intruder), isRead: true, count: BODIES }, signal),
  );

const STREAMS = 600; // more than the 500 that a web process carries by default

/** Opens more event streams than there is room for. */
export const floodStreams = (stage: Asked): Promise<Heal> =>
  hostile(stage, (intruder, signal) =>
    holdOpen(intruder, { bytes: aStream(intruder, ['status']), isRead: true, count: STREAMS }, signal),
  );

const AUDITS = 50; // at once
const PACE = 20; // ms between an answer and the next question

/** Asks for audits of the newest tweets, again and again. */
export async function floodAudits(stage: Asked): Promise<Heal> {
  const tweets = await until(() => newestTweets(stage, AUDITS), PATIENCE);
  return hostile(stage, async (intruder, signal) => {
    const asking = new Asking(intruder, AUDITS);
    signal.addEventListener('abort', () => asking.stop(), { once: true });
    await Promise.all(tweets.map((id) => askAgain(asking, `/api/tweets/${id}/audit`, signal)));
  });
}

async function askAgain(asking: Asking, path: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await asking.ask({ method: 'POST', path });
    await wait(PACE);
  }
}

/** `count` ids of tweets, the newest first. When there are fewer tweets, ids come more than once. */
async function newestTweets({ pool }: Asked, count: number): Promise<number[]> {
  const text = 'SELECT tweet_id AS id FROM fan_out ORDER BY 1 DESC LIMIT 50';
  const tweets = await readRows(pool, idRow, { text });
  return tweets.length === 0
    ? []
    : Array.from({ length: count }, (_, n) => tweets[n % tweets.length]?.id ?? 0);
}
