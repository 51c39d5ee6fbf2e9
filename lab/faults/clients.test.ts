import type { IncomingMessage } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { INTRUDER } from '#lab/clients/population.ts';
import { keepProbing } from '#lab/clients/probe.ts';
import { signIn } from '#lab/clients/session.ts';
import { Findings } from '#lab/harness/findings.ts';
import { otherAddress } from '#lab/hostile/intruder.ts';
import { deliverTweet } from '#testing/delivered-tweet.ts';
import { eventually } from '#testing/eventually.ts';
import { addUsers } from '#testing/people.ts';
import { openWebStage, type WebStage } from '#testing/web-stage.ts';
import { openWorld, type World } from '#testing/world.ts';
import { type Asked, floodAudits, floodStreams, neverRead, sendHalf } from './clients.ts';
import type { Heal } from './outages.ts';

let world: World;
let stage: WebStage;
let asked: Asked;
const READER = 9_000;
const AT_LEAST = 5; // streams that one address and one session may have under any setting
beforeAll(async () => {
  world = await openWorld();
  const { pool } = world.postgres;
  stage = await openWebStage(world, { MAX_STREAMS: '100' });
  const store = { redis: world.timelines, shards: 1, cap: 800 };
  await deliverTweet(pool, store, { authorId: 1, followers: 10 });
  await addUsers(pool, [READER, READER + 1]);
  await pool.query(`UPDATE "user" SET role = 'ordinary', handle = $2 WHERE id = $1`, [READER + 1, INTRUDER]);
  await pool.query(`UPDATE "user" SET role = 'ordinary' WHERE id = $1`, [READER]);
  asked = { pool, web: stage };
});
afterAll(async () => {
  await stage.stop();
  await world.close();
});

/** Inflicts a fault until `isFelt`, while an ordinary client goes on asking. Returns what became of its requests. */
async function inflict(fault: (asked: Asked) => Promise<Heal>, isFelt: () => boolean) {
  const findings = new Findings();
  const reader = await signIn(stage.url, { id: READER, handle: `user${READER}` });
  const over = new AbortController();
  const probing = keepProbing(reader, { findings }, over.signal);
  const heal = await fault(asked);
  try {
    await eventually(() => expect(isFelt()).toBe(true));
  } finally {
    over.abort();
    await heal();
  }
  const probed = await probing;
  expect(findings.lines()).toEqual([]);
  await eventually(() =>
    expect([stage.web.streams.count, stage.web.halfSent.total, stage.web.requests.count]).toEqual([0, 0, 0]),
  );
  return probed;
}

it('opens streams in a flood, while ordinary questions are answered', async () => {
  const probed = await inflict(floodStreams, () => stage.web.streams.count >= AT_LEAST);
  expect(probed).toMatchObject({ refused: 0, away: 0 });
  expect(probed.answered).toBeGreaterThan(0);
});

it('holds streams open that it never reads', async () => {
  const probed = await inflict(neverRead, () => stage.web.streams.count >= AT_LEAST);
  expect(probed).toMatchObject({ refused: 0, away: 0 });
});

it('leaves bodies half-sent, as many as one address may, and takes them from no other', async () => {
  const from = await otherAddress();
  const probed = await inflict(sendHalf, () => stage.web.halfSent.count(from) >= 100);
  expect(probed).toMatchObject({ refused: 0, away: 0 });
});

it('asks for audits in a flood, while ordinary questions are answered', async () => {
  let audits = 0;
  stage.server.on('request', ({ url }: IncomingMessage) => url?.endsWith('/audit') && audits++);
  expect(await inflict(floodAudits, () => audits > 100)).toMatchObject({ away: 0 });
});
