import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type pg from 'pg';
import { openBroker } from '#broker/open-broker.ts';
import type { Broker } from '#broker/port.ts';
import { type BrokerConfig, brokerVariables } from '#broker/variables.ts';
import { findAccount } from '#core/accounts/accounts.ts';
import { type Config, readConfig } from '#core/config.ts';
import { backfill } from '#core/followers/backfill.ts';
import { follow, unfollow } from '#core/followers/follow.ts';
import { readDeliveries } from '#core/ledger/delivery.ts';
import { markPublished } from '#core/ledger/due.ts';
import { fanOutOf } from '#core/messages.ts';
import { isPostgresAway, openPostgres } from '#core/postgres.ts';
import { isStoreAway, openRedis } from '#core/redis.ts';
import { readHome } from '#core/timelines/home-timeline.ts';
import type { TimelineStore } from '#core/timelines/timeline.ts';
import { deleteTweet } from '#core/tweets/delete-tweet.ts';
import { postTweet } from '#core/tweets/post-tweet.ts';

/**
 * Stands in for the web process where none is built, as in the tests: the calls that the load makes, on the same
 * functions of core, without pages, streams and sign-in. `node door.ts PORT`.
 */
type Door = { config: Config; pool: pg.Pool; timelines: TimelineStore; broker: Broker };

type Answer = { status: number; body?: unknown };
type Call = { request: IncomingMessage; url: URL; parts: string[]; accountId: number };

const door = open(readConfig(brokerVariables));
createServer((request, response) => {
  answer(request)
    .catch(refusal)
    .then((found) => send(response, found));
}).listen(Number(process.argv[2]), '127.0.0.1');

function open(config: Config & BrokerConfig): Door {
  const { pool } = openPostgres({ url: config.DATABASE_URL, max: 20, name: 'door' });
  const redis = openRedis(config.TIMELINE_REDIS_URL, 'door');
  const timelines = { redis, shards: config.TIMELINE_SHARDS, cap: config.TIMELINE_CAP };
  return { config, pool, timelines, broker: openBroker(config) };
}

/** As the web process answers: 503 for a server that is away, 500 for what nobody foresaw. */
function refusal(error: unknown): Answer {
  const away = isPostgresAway(error) || isStoreAway(error);
  if (!away) console.error(error);
  return { status: away ? 503 : 500, body: { type: '/problems/unavailable', detail: String(error) } };
}

function send(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json', 'set-cookie': 'session=door' });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

async function answer(request: IncomingMessage): Promise<Answer> {
  const url = new URL(request.url ?? '/', 'http://door');
  const parts = url.pathname.split('/').slice(1);
  if (url.pathname === '/healthz' || url.pathname === '/api/session') return { status: 204 };
  const handle = String(request.headers['x-account']);
  const account = await findAccount(door.pool, handle);
  if (!account) return { status: 403 };
  const call = { request, url, parts, accountId: account.id };
  switch (`${request.method} ${parts[1]}`) {
    case 'POST tweets':
      return post(call);
    case 'DELETE tweets':
      return { status: (await deleteTweet(door.pool, account.id, Number(parts[2]))) ? 204 : 404 };
    case 'GET tweets':
      return { status: 200, body: (await readDeliveries(door.pool, [Number(parts[2])]))[0] };
    case 'GET timelines':
      return home(call);
    case 'PUT users':
    case 'DELETE users':
      return changeEdge(call);
    default:
      return { status: 404 };
  }
}

async function post({ request, accountId }: Call): Promise<Answer> {
  const { pool, broker, config } = door;
  const body = JSON.parse(await text(request)) as { text: string };
  const idempotencyKey = String(request.headers['idempotency-key']);
  const limits = {
    maxWaitS: config.MAX_WAIT_S,
    maxBacklog: config.MAX_BACKLOG,
    postsPerMinute: config.POSTS_PER_MINUTE,
  };
  const posted = await postTweet(pool, { authorId: accountId, text: body.text, idempotencyKey }, limits);
  switch (posted.outcome) {
    case 'posted': {
      const { tweet, delivery, replayed } = posted;
      if (!replayed) void publish(broker, tweet.id).catch(() => {});
      return { status: 202, body: { tweet, delivery } };
    }
    case 'in progress':
      return { status: 409, body: { type: '/problems/idempotency-in-progress' } };
    case 'mismatch':
      return { status: 422, body: { type: '/problems/idempotency-mismatch' } };
    case 'full':
      return { status: 503, body: { type: '/problems/over-capacity' } };
    case 'too fast':
      return { status: 429, body: { type: '/problems/over-rate' } };
  }
}

async function publish(broker: Broker, tweetId: number): Promise<void> {
  await broker.publish('fan-out', [fanOutOf(tweetId)]);
  await markPublished(door.pool, [tweetId]);
}

async function home({ url, accountId }: Call): Promise<Answer> {
  const before = Number(url.searchParams.get('cursor') ?? Number.NaN);
  const limit = Number(url.searchParams.get('limit') ?? 20);
  const page = await readHome(door, { userId: accountId, limit, ...(before > 0 && { before }) });
  return {
    status: 200,
    body: { tweets: page.tweets, nextCursor: page.next && String(page.next), source: page.source },
  };
}

async function changeEdge({ request, parts, accountId }: Call): Promise<Answer> {
  const followee = await findAccount(door.pool, parts[2] ?? '');
  if (!followee) return { status: 404 };
  const edge = { followerId: accountId, followeeId: followee.id };
  if (request.method === 'DELETE') await unfollow(door.pool, edge);
  else if (await follow(door.pool, edge)) void backfill(door.pool, door.timelines, accountId).catch(() => {});
  return { status: 204 };
}
