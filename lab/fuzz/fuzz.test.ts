import { afterAll, beforeAll, expect, it } from 'vitest';
import { addDemoAccount, post } from '#testing/people.ts';
import { openWebStage, type WebStage } from '#testing/web-stage.ts';
import { openWorld, type World } from '#testing/world.ts';
import { checkAftermath, Promised } from './aftermath.ts';
import { type ApiDocument, operationOf, readDocument } from './api-document.ts';
import { checkAnswer } from './check-answer.ts';
import { parseAnswers } from './exchange.ts';
import { type Finding, type Range, runShots } from './run-shots.ts';
import { openSender } from './sender.ts';
import { KINDS, type Sender } from './shot.ts';
import { Shots } from './shots.ts';

const SEED = 7;
const SHOTS = 30 * KINDS.length;
const PATIENT = { timeout: 120_000 }; // ms; takes 6 to 12 s, up to 10 s of it until half a request is given up

const HANDLES = ['ada', 'bob', 'cyd'];

let document: ApiDocument;
let world: World;
let stage: WebStage;
beforeAll(async () => {
  document = readDocument();
  world = await openWorld();
  for (const [n, handle] of HANDLES.entries())
    await addDemoAccount(world.postgres.pool, { id: n + 1, handle });
  stage = await openWebStage(world, { POSTS_PER_MINUTE: '1000000', OPERATORS: 'cyd' });
});
afterAll(async () => {
  await stage.stop();
  await world.close();
});

const inWords = ({ number, shot, what }: Finding) =>
  `${number} ${shot.kind}: ${what}\n${JSON.stringify(shot.bytes.toString('latin1', 0, 2_000))}`;

it(
  'answers what is valid, borderline and hostile as its document says, and leaves nothing half-done',
  PATIENT,
  async () => {
    const shots = new Shots(document, await openSender(stage.url, HANDLES));
    const promised = new Promised();
    const range: Range = {
      ...{ document, port: stage.port, tally: new Map(), findings: [] },
      draw: (number) => shots.draw(SEED, number),
      seen: (shot, verdict) => promised.note(shot, verdict),
    };
    await runShots(range, 0, SHOTS);
    expect(range.findings.map(inWords)).toEqual([]);
    expect(await checkAftermath({ url: stage.url, pool: world.postgres.pool }, promised)).toEqual([]);
    // Not everything was refused.
    expect(promised.tweets.size).toBeGreaterThan(3);
    expect([...range.tally.keys()].sort()).toEqual([...KINDS].sort());
  },
);

it('says what was promised and is not there, and what is there and nobody asked for', async () => {
  const { pool } = world.postgres;
  const keyless = await post(pool, 1);
  await pool.query('DELETE FROM idempotency_key WHERE tweet_id = $1', [keyless]);
  const promised = new Promised();
  promised.tweets.set(keyless, 'Another text').set(keyless + 1_000, 'Hello');
  promised.tasks.add(1_000_000);
  expect(await checkAftermath({ url: stage.url, pool }, promised)).toEqual([
    `tweet ${keyless} was promised and is not there as promised`,
    `tweet ${keyless + 1_000} was promised and is not there as promised`,
    'task 1000000 was promised and is not there',
    `tweet ${keyless} is there, and no idempotency key is`,
  ]);
});

const sender: Sender = { cookie: 'session=x', known: { handle: HANDLES } };

it('draws the same requests again from the same seed, and others from another', () => {
  const draw = (seed: number) => {
    const shots = new Shots(document, sender);
    return KINDS.map((_, number) => shots.draw(seed, number).bytes.toString('hex'));
  };
  const first = draw(SEED);
  expect(draw(SEED)).toEqual(first);
  expect(draw(SEED + 1)).not.toEqual(first);
});

const answer = (status: number, body: object, type = 'application/json') => {
  const nosniff = 'X-Content-Type-Options: nosniff\r\nReferrer-Policy: x\r\nPermissions-Policy: x\r\n';
  const text = JSON.stringify(body);
  const head = `HTTP/1.1 ${status} X\r\n${nosniff}Content-Type: ${type}\r\nContent-Length: ${text.length}\r\n\r\n`;
  const [only] = parseAnswers(Buffer.from(head + text), ['GET']).answers;
  if (!only) throw new Error('Expected an answer, got none');
  return only;
};
const problem = (status: number, type: string) =>
  answer(status, { type, title: 'x', status, detail: 'x' }, 'application/problem+json');

it.each([
  ['a good answer', '/healthz', answer(200, { status: 'ok' }), []],
  [
    'a status that the endpoint does not have',
    '/healthz',
    answer(201, { status: 'ok' }),
    [/not in the document/],
  ],
  ['a member too many', '/healthz', answer(200, { status: 'ok', more: 1 }), [/another body/]],
  ['a member too few', '/api/queue', answer(200, {}), [/another body/]],
  [
    'another content type',
    '/healthz',
    answer(200, { status: 'ok' }, 'text/html'),
    [/content type text\/html/],
  ],
  ['a mistake of ours', '/healthz', problem(500, '/problems/internal'), [/mistake of ours/]],
  ['a problem that nobody knows', '/healthz', problem(400, '/problems/nothing'), [/no page/]],
  ['a problem of another status', '/healthz', problem(400, '/problems/not-found'), [/another status/]],
  ['a problem of another endpoint', '/healthz', problem(409, '/problems/too-late'), [/not in the document/]],
  [
    'no such path where there is one',
    '/api/queue',
    problem(404, '/problems/not-found'),
    [/not in the document/],
  ],
  ['a problem that any request may have', '/healthz', problem(503, '/problems/too-busy'), []],
])('judges %s', (_, target, given, findings) => {
  const found = checkAnswer(document, { method: 'GET', target }, given);
  expect(found).toEqual(findings.map((each) => expect.stringMatching(each)));
});

it('takes answers apart that came in one breath, in pieces, or not to their end', () => {
  const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n';
  const head = 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n';
  const { answers, rest } = parseAnswers(Buffer.from(`${chunked}${head}${chunked}${head}half`), [
    'GET',
    'HEAD',
  ]);
  expect(answers.map(({ body, isWhole }) => [body.toString(), isWhole])).toEqual([
    ['abc', true],
    ['', true],
    ['abc', true],
    ['half', false],
  ]);
  expect(rest.length).toBe(0);
  expect(parseAnswers(Buffer.from('What is this?'), []).rest.toString()).toBe('What is this?');
});

it('finds the operation that a target asks for, also where the target is written in another way', () => {
  expect(operationOf(document, 'HEAD', '/api/users/a%20b?x=1')?.path).toBe('/api/users/{handle}');
  expect(operationOf(document, 'GET', '/api/tweets/../queue')?.path).toBe('/api/queue');
  expect(operationOf(document, 'POST', '/api/%74weets')?.path).toBe('/api/tweets');
  expect(operationOf(document, 'GET', '/api/nothing')).toBeUndefined();
});
