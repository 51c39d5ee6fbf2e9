import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { costOf, takenBy } from '#core/admission/admission.ts';
import { readFlowSample } from '#core/console/flow.ts';
import { FanOutPublisher } from '#core/ledger/publish.ts';
import { readRow } from '#core/rows.ts';
import { TweetPoster } from '#core/tweets/post-statement.ts';
import { postBy, UNLIMITED } from '#core/tweets/post-tweet.ts';
import { TEXT } from '#lab/load/post.ts';
import type { Connections } from '#lab/stage/connect.ts';
import { quiet } from '#lab/stage/quiet.ts';

const LOOK = 20; // ms
const WARM_UP = 0.4; // of the time: for connections, caches and the measured rate, which is a moving mean

type Busy = {
  authors: number[];
  seconds: number;
  /** How much always waits, as cost, in deliveries. So workers never run dry, and admission can measure its rate. */
  waiting: number;
};

/** Deliveries a second while all workers always have work. */
export async function measureCapacity(stage: Connections, busy: Busy): Promise<number> {
  await keepBusy(stage, { ...busy, seconds: busy.seconds * WARM_UP });
  const before = await readFlowSample(stage.pool);
  await keepBusy(stage, { ...busy, seconds: busy.seconds * (1 - WARM_UP) });
  const after = await readFlowSample(stage.pool);
  await quiet(stage);
  return (after.done - before.done) / (after.at - before.at);
}

/** The web process puts as many posts into one statement. Together, small tweets are posted faster than delivered. */
const AT_ONCE = 64;

async function keepBusy(stage: Connections, { authors, seconds, waiting }: Busy): Promise<void> {
  const each = await readCost(stage, authors);
  const end = performance.now() + seconds * 1_000;
  const post = posterOf(stage);
  const posting = new Set<Promise<void>>();
  for (let n = 0; performance.now() < end; ) {
    const { backlog: deliveries, fanOuts } = await readFlowSample(stage.pool);
    const room =
      Math.min(AT_ONCE, Math.ceil((waiting - takenBy({ deliveries, fanOuts })) / each)) - posting.size;
    for (let begun = 0; begun < room; begun++) {
      const one = post(authors[n++ % authors.length] ?? 0).finally(() => posting.delete(one));
      posting.add(one);
    }
    if (room <= 0) await wait(LOOK);
  }
  await Promise.all(posting);
}

/** What the largest tweet of these authors costs. */
async function readCost({ pool }: Connections, authors: number[]): Promise<number> {
  const { most } = await readRow(pool, z.object({ most: z.int() }), {
    text: 'SELECT max(follower_count) AS most FROM "user" WHERE id = ANY($1)',
    values: [authors],
  });
  return costOf(most);
}

/** Posts and publishes as the web process does, which does not wait for the publishing either. */
export function posterOf({ pool, broker }: Connections): (authorId: number) => Promise<void> {
  const poster = new TweetPoster(pool);
  const publisher = new FanOutPublisher({ pool, publish: broker.publish.bind(broker), log: console.error });
  return async (authorId) => {
    const draft = { authorId, text: TEXT, idempotencyKey: crypto.randomUUID() };
    const posted = await postBy(poster, draft, UNLIMITED);
    if (posted.outcome !== 'posted') throw new Error(`Expected a posted tweet, got: ${posted.outcome}`);
    void publisher.publish(posted.delivery); // never rejects
  };
}
