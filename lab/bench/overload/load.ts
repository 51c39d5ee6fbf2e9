import { setTimeout as wait } from 'node:timers/promises';
import { openBroker } from '#broker/open-broker.ts';
import { brokerVariables } from '#broker/variables.ts';
import { sharePlaces } from '#core/admission/share-places.ts';
import { WaitingList } from '#core/admission/waiting-list.ts';
import { readConfig } from '#core/config.ts';
import { FanOutPublisher } from '#core/ledger/publish.ts';
import { openPostgres } from '#core/postgres.ts';
import { openRedis } from '#core/redis.ts';
import { TweetPoster } from '#core/tweets/post-statement.ts';
import { UNLIMITED } from '#core/tweets/post-tweet.ts';
import { Random } from '#lab/harness/random.ts';
import { type Client, Pauses, sendTweet } from './client.ts';
import { nothingSeen, type Orders, orders, type Seen } from './policies.ts';

/*
 * Stands in for the web process and for everybody who posts, in a process of its own. Tweets come at random times
 * (Poisson) at the ordered rate. Each is a client that goes on until it is admitted or has no try left. Prints what it
 * saw as one line of JSON.
 */

/** The pool of the web process, see api/root.ts. */
const POSTING = { max: 3, line: 100 };

async function main(text: string): Promise<void> {
  const config = readConfig(brokerVariables);
  const postgres = openPostgres({ url: config.DATABASE_URL, name: 'load', ...POSTING });
  const broker = openBroker(config);
  await broker.ping();
  const redis = openRedis(config.TIMELINE_REDIS_URL, 'load');
  const waitingList = new WaitingList();
  const connect = () => openRedis(config.TIMELINE_REDIS_URL, 'load places');
  const leave = sharePlaces(waitingList.places, { redis, connect });
  const { pool } = postgres;
  const publisher = new FanOutPublisher({ pool, publish: broker.publish.bind(broker), log: console.error });
  const web = { poster: new TweetPoster(pool), publisher, waitingList };
  const seen = await load(orders.parse(JSON.parse(text)), web);
  console.log(JSON.stringify(seen));
  // Those who still wait give up their places. The workers know these, and the next load would stand in line behind them.
  for (const { name } of waitingList.places.taken) waitingList.places.leave(name);
  leave();
  await redis.quit(); // not before the last place is told
  await broker.close(1_000);
  await postgres.close();
}

type Web = Pick<Client, 'poster' | 'publisher' | 'waitingList'>;

async function load(order: Orders, web: Web): Promise<Seen> {
  const seen = nothingSeen();
  const pauses = new Pauses();
  const { maxWaitS, jitter } = order;
  const limits = maxWaitS === null ? UNLIMITED : { maxWaitS, postsPerMinute: UNLIMITED.postsPerMinute };
  const random = jitter ? Math.random : () => 0;
  const client = { ...web, limits, seen, pauses, random };
  const running: Promise<void>[] = [];
  for await (const authorId of arrivals(order)) running.push(sendTweet(client, authorId));
  pauses.end();
  await Promise.all(running);
  return seen;
}

/** Yields authors in turn, each at a random time. Ends when the time is over. */
async function* arrivals({ authors, perSecond, seconds, seed }: Orders): AsyncGenerator<number> {
  const random = new Random(seed ?? Math.random() * 2 ** 32);
  const began = performance.now();
  let at = 0;
  for (let n = 0; ; n++) {
    at += (-Math.log(1 - random.next()) / perSecond) * 1_000;
    const left = began + Math.min(at, seconds * 1_000) - performance.now();
    if (left > 0) await wait(left);
    if (at >= seconds * 1_000) return;
    yield authors[n % authors.length] ?? 0;
  }
}

await main(process.argv[2] ?? '');
