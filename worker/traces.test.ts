import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { ROOT } from '#dev/paths.ts';
import { freePort, until } from '#dev/ports.ts';
import { type Running, startProgram } from '#dev/program.ts';
import { type OtlpReceiver, openOtlpReceiver } from '#testing/otlp-receiver.ts';
import { addDemoAccount, addFollowers, addUsers, range } from '#testing/people.ts';
import { cookieOf } from '#testing/web-stage.ts';
import { openWorld, type World } from '#testing/world.ts';

/** One trace and the lines of the log, from the post to the last chunk, through a real web and a real worker process. */

const CHUNK = 10; // followers
const MANY = 65; // seven chunks: some messages of several
const PATIENT = { timeout: 40_000, interval: 30 };
const traceId = randomBytes(16).toString('hex');
const keyPress = randomBytes(8).toString('hex');

let world: World;
let receiver: OtlpReceiver;
let url: string;
const programs: Running[] = [];
const lines: string[] = [];
beforeAll(async () => {
  world = await openWorld();
  receiver = await openOtlpReceiver();
  const { pool } = world.postgres;
  await addDemoAccount(pool, { id: 1, handle: 'ada' });
  await addUsers(pool, range(2, 1 + MANY));
  await addFollowers(pool, 1, range(2, 1 + MANY));
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  start('testing/web-process.ts', String(port));
  start('worker/main.ts');
  await until(() => fetch(`${url}/healthz`), 60_000);
}, 90_000);
afterAll(async () => {
  await Promise.all(programs.map((program) => program.stop(3_000)));
  receiver?.close();
  await world.close();
});

function start(...args: string[]): void {
  const { databaseUrl, queueRedisUrl, timelineRedisUrl } = world;
  const env = {
    ...{ ...process.env, ...receiver.env, LOG_FORMAT: 'json', CHUNK_SIZE: String(CHUNK), WORKER_NAME: 'A' },
    ...{ DATABASE_URL: databaseUrl, QUEUE_REDIS_URL: queueRedisUrl, TIMELINE_REDIS_URL: timelineRedisUrl },
    ...{ SESSION_SECRET: 'a secret of the tests', TIMELINE_SHARDS: '1' },
  };
  const name = args[0] ?? '';
  const command = process.execPath;
  const output = (line: string) => void lines.push(line);
  programs.push(startProgram({ name, command, args: ['--import', 'tsx', ...args], cwd: ROOT, env, output }));
}

const posted = z.object({ tweet: z.object({ id: z.int() }), delivery: z.looseObject({}) });

async function post(): Promise<number> {
  const headers = {
    ...{ cookie: await cookieOf({ url }, 'ada'), 'idempotency-key': crypto.randomUUID() },
    ...{ 'content-type': 'application/json', traceparent: `00-${traceId}-${keyPress}-00` },
  };
  const answer = await fetch(`${url}/api/tweets`, { method: 'POST', headers, body: '{"text":"Traced"}' });
  return posted.parse(await answer.json()).tweet.id;
}

const ofTheTweet = () => receiver.spans.filter((span) => span.traceId === traceId);
const named = (name: string) => ofTheTweet().filter((span) => span.name === name);
const chunksIn = (spans: ReturnType<typeof named>): number[] =>
  spans
    .flatMap(({ attributes }) => {
      const first = Number(attributes['chunk.first']);
      return range(first, first + Number(attributes['chunk.count']) - 1);
    })
    .sort((a, b) => a - b);

test('one trace goes from the key press to the last chunk, also through the log and to the page', async () => {
  const tweetId = await post();
  await vi.waitFor(() => {
    expect(chunksIn(named('process delivery'))).toEqual(range(0, 6));
    expect(named('process fan-out')).toHaveLength(1);
    expect(lines.join('\n')).toContain('"delivered"');
  }, PATIENT);

  const spans = ofTheTweet();
  const ids = new Set([keyPress, ...spans.map(({ spanId }) => spanId)]);
  expect(spans.filter(({ parentSpanId = '' }) => !ids.has(parentSpanId))).toEqual([]);
  expect(spans.filter(({ parentSpanId }) => parentSpanId === keyPress).map(({ name }) => name)).toEqual([
    'POST /api/tweets',
  ]);
  expect(named('POST /api/tweets')[0]?.attributes).toMatchObject({ 'http.response.status_code': 202 });
  expect(named('send fan-out')).toHaveLength(1);
  expect(named('process fan-out')[0]?.attributes).toMatchObject({ 'tweet.ids': String(tweetId) });

  const delivery = await (await fetch(`${url}/api/tweets/${tweetId}/delivery`)).json();
  expect(delivery).toMatchObject({ state: 'delivered', traceId });
  const said = lines.map((line) => JSON.parse(line)); // each line is JSON
  for (const [msg, process] of [
    ['accepted', 'web'],
    ['delivered', 'worker A'],
  ])
    expect(said).toContainEqual(expect.objectContaining({ msg, process, tweetId, traceId, level: 'info' }));
}, 60_000);

test('a problem document names the trace of the call', async () => {
  const trace = '0af7651916cd43dd8448eb211c80319c';
  const headers = { traceparent: `00-${trace}-b7ad6b7169203331-01` };
  const known = await (await fetch(`${url}/api/tweets/999999/delivery`, { headers })).json();
  expect(known).toMatchObject({ status: 404, traceId: trace });
  const unknown = await (await fetch(`${url}/api/nothing`, { headers: { traceparent: 'nonsense' } })).json();
  expect(unknown).toMatchObject({ status: 404, traceId: expect.stringMatching(/^[0-9a-f]{32}$/) });
});
