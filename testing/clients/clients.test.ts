import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { MINUTE, SECOND } from '#core/durations.ts';
import { openTempFolder } from '#dev/temp-folder.ts';
import { type DeliveryStage, openDeliveryStage } from '#testing/delivery-stage.ts';
import { addDemoAccount, addFollowers } from '#testing/people.ts';
import { cookieOf, openWebStage, type WebStage } from '#testing/web-stage.ts';
import { eventually } from '../eventually.ts';
import type { Client, Heard } from './client.ts';
import { CLIENTS, missingClients } from './clients.ts';
import { wrongAnswers } from './expected-answers.ts';
import { type Recorder, startRecorder } from './recorder.ts';

/*
 * Clients that others wrote, unchanged: each signs in, posts, follows and listens in its own way. Two workers deliver. All
 * that the clients are answered goes through a recorder, and is held against one client's own types.
 */

const [OWN, FOLLOWED, FOLLOWER, OTHER] = ['maren', 'salma', 'hana', 'ruben'] as const;
const LATER = 10 * MINUTE;

const missing = missingClients();
if (missing) console.warn(missing);
if (missing && process.env.CI) throw new Error(missing);

let deliveries: DeliveryStage;
let stage: WebStage;
let recorder: Recorder;
let cookie: string;
beforeAll(async () => {
  deliveries = await openDeliveryStage();
  const { pool } = deliveries.world.postgres;
  for (const [n, handle] of [OWN, FOLLOWED, FOLLOWER, OTHER].entries())
    await addDemoAccount(pool, { id: n + 1, handle });
  await addFollowers(pool, 2, [1]);
  await addFollowers(pool, 1, [3]);
  stage = await openWebStage(deliveries.world);
  recorder = await startRecorder(stage.url);
  cookie = await cookieOf(stage, FOLLOWED, FOLLOWER, OWN);
});
afterAll(async () => {
  await recorder.close();
  await stage.stop();
  await deliveries.close();
});

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  await call('DELETE', `/api/users/${OTHER}/follow`, OWN);
});

for (const { name, debian, signIn } of CLIENTS)
  it.skipIf(debian !== undefined && missing !== null)(
    `${name} signs in, reads, posts, follows, schedules, deletes and listens`,
    async () => {
      const folder = openTempFolder('client');
      closing.push(folder.remove);
      const client = await signIn({ url: recorder.url, folder: folder.dir, allow });
      closing.push(client.close);
      await drive(client);
      expect(wrongAnswers(recorder.take())).toEqual([]);
    },
    60_000,
  );

/** Calls our own interface, as our pages do. */
async function call(method: string, path: string, account: string, body?: object): Promise<Response> {
  const headers = { cookie, 'x-account': account, 'idempotency-key': crypto.randomUUID() };
  return fetch(`${stage.url}${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
}

/** What a browser does with the page of consent when somebody presses *Allow*; returns the code that it shows then. */
async function allow(authorizeUrl: string): Promise<string> {
  const asked = Object.fromEntries(new URL(authorizeUrl).searchParams);
  const page = await stage.web.clients.consents.describe(asked, cookie);
  if (page.kind !== 'ask') throw new Error(`Expected the question of the page, got ${page.why}`);
  const answer = await fetch(`${stage.url}/oauth/authorize`, {
    ...{ method: 'POST', redirect: 'manual', headers: { cookie } },
    body: new URLSearchParams({ ...page.fields, account: OWN, decision: 'allow' }),
  });
  return new URL(answer.headers.get('location') ?? '', stage.url).searchParams.get('code') ?? '';
}

async function drive(client: Client): Promise<void> {
  expect(await client.whoAmI()).toBe(OWN);
  const heard: Heard[] = [];
  await client.listen?.((event) => heard.push(event));
  const expectHeard = async (event: Heard) => {
    if (client.listen) await eventually(() => expect(heard).toContainEqual(event));
  };

  const text = `Written in an app of my own, ${crypto.randomUUID()}`;
  const own = await client.post(text);
  await expectHeard({ event: 'update', id: own });
  await eventually(async () => expect(await textsOf(FOLLOWER)).toContain(text));
  const arrived = await postAsFollowed();
  await expectHeard({ event: 'update', id: arrived });
  await eventually(async () => expect(await client.home()).toEqual(expect.arrayContaining([own, arrived])));

  await client.follow(OTHER);
  expect(await followees()).toContain(OTHER);
  const at = new Date(Math.ceil((Date.now() + LATER) / SECOND) * SECOND);
  if (client.schedule) expect(await client.schedule('In ten minutes.', at)).toEqual(at);

  await client.remove(own);
  await expectHeard({ event: 'delete', id: own });
  expect(await client.home()).not.toContain(own);
  expect(await textsOf(FOLLOWER)).not.toContain(text);
}

const page = z.object({ tweets: z.array(z.object({ text: z.string() })) });
const posted = z.object({ tweet: z.object({ id: z.int() }) });

const textsOf = async (account: string): Promise<string[]> =>
  page.parse(await (await call('GET', '/api/timelines/home', account)).json()).tweets.map(({ text }) => text);

async function postAsFollowed(): Promise<string> {
  const answer = await call('POST', '/api/tweets', FOLLOWED, { text: `Warm bread, ${crypto.randomUUID()}` });
  return String(posted.parse(await answer.json()).tweet.id);
}

async function followees(): Promise<string[]> {
  const { rows } = await deliveries.world.postgres.pool.query<{ handle: string }>(
    'SELECT handle FROM follow JOIN "user" ON id = followee_id WHERE follower_id = 1',
  );
  return rows.map(({ handle }) => handle);
}
