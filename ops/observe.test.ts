import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { ROOT } from '#dev/paths.ts';
import { openTempFolder } from '#dev/temp-folder.ts';
import { eventually } from '#testing/eventually.ts';
import { type ObservedSystem, startObserved } from '#testing/observed-system.ts';
import { type OtlpReceiver, openOtlpReceiver } from '#testing/otlp-receiver.ts';
import { addDemoAccount, addFollowers, addUsers, range } from '#testing/people.ts';
import { installPrometheus, promtool, startPrometheus } from '#testing/prometheus.ts';
import { cookieOf } from '#testing/web-stage.ts';
import { openWorld, type World } from '#testing/world.ts';

/** What programs see of a real web and a real worker process: traces, logs, and figures in a real Prometheus. */

const CHUNK = 10; // followers
const [FEW, MANY] = [3, 65]; // followers: one chunk, and seven, some of which share a message
const PATIENT = { timeout: 40_000, interval: 30 };
const traceId = randomBytes(16).toString('hex');
const keyPress = randomBytes(8).toString('hex');

const folder = openTempFolder('observe');
let world: World;
let receiver: OtlpReceiver;
let system: ObservedSystem;
beforeAll(async () => {
  world = await openWorld();
  receiver = await openOtlpReceiver();
  const { pool } = world.postgres;
  await addDemoAccount(pool, { id: 1, handle: 'ada' });
  await addDemoAccount(pool, { id: 2, handle: 'bob' });
  await addUsers(pool, range(3, 2 + MANY));
  await addFollowers(pool, 1, range(3, 2 + MANY));
  await addFollowers(pool, 2, range(3, 2 + FEW));
  system = await startObserved(world, {
    ...{ ...receiver.env, LOG_FORMAT: 'json' },
    ...{ CHUNK_SIZE: String(CHUNK), POSTS_PER_MINUTE: '10000' },
  });
}, 120_000);
afterAll(async () => {
  await system?.stop();
  receiver?.close();
  await world.close();
  folder.remove();
});

const posted = z.object({ tweet: z.object({ id: z.int() }), delivery: z.looseObject({}) });

async function post(handle: string, more: Record<string, string> = {}): Promise<number> {
  const { url } = system;
  const cookie = await cookieOf({ url }, handle);
  const headers = {
    cookie,
    'content-type': 'application/json',
    'idempotency-key': crypto.randomUUID(),
    ...more,
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
  const { url, lines } = system;
  const tweetId = await post('ada', { traceparent: `00-${traceId}-${keyPress}-00` });
  await eventually(() => {
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
  const { url } = system;
  const trace = '0af7651916cd43dd8448eb211c80319c';
  const headers = { traceparent: `00-${trace}-b7ad6b7169203331-01` };
  const known = await (await fetch(`${url}/api/tweets/999999/delivery`, { headers })).json();
  expect(known).toMatchObject({ status: 404, traceId: trace });
  const unknown = await (await fetch(`${url}/api/nothing`, { headers: { traceparent: 'nonsense' } })).json();
  expect(unknown).toMatchObject({ status: 404, traceId: expect.stringMatching(/^[0-9a-f]{32}$/) });
});

test('the alerts are rules of Prometheus, and fire when they should', () => {
  installPrometheus();
  const at = join(ROOT, 'ops/prometheus');
  for (const args of [
    ['check', 'config', 'prometheus.yaml'],
    ['check', 'rules', 'rules.yaml'],
    ['test', 'rules', 'rules.test.yaml'],
  ])
    expect(promtool(at, ...args)).toEqual({ code: 0, output: expect.stringContaining('SUCCESS') });
}, 120_000);

const dashboard = z.object({
  panels: z.array(
    z.object({ title: z.string(), targets: z.array(z.object({ expr: z.string() })).default([]) }),
  ),
});

test('each panel of the dashboard shows something of a running system', async () => {
  const { panels } = dashboard.parse(
    JSON.parse(readFileSync(join(ROOT, 'ops/grafana/dashboard.json'), 'utf8')),
  );
  const queries = panels.flatMap(({ title, targets }) =>
    targets.map(({ expr }) => ({ title, expr: expr.replaceAll('$__rate_interval', '20s') })),
  );
  expect(queries.length).toBeGreaterThan(25);
  const prometheus = await startPrometheus(folder.dir, {
    web: new URL(system.url).host,
    worker: `127.0.0.1:${system.metricsPort}`,
  });
  try {
    await eventually(
      async () => {
        for (const handle of ['ada', 'bob']) await post(handle); // a rate is of what goes on
        const found = await Promise.all(queries.map(({ expr }) => prometheus.values(expr)));
        const empty = queries.filter((_, n) => !found[n]?.some(Number.isFinite));
        expect(empty).toEqual([]);
      },
      { timeout: 60_000, interval: 500 },
    );
  } finally {
    await prometheus.stop();
  }
}, 90_000);
