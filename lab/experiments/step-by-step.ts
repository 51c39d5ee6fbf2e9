import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { time } from '#core/lab/race-result.ts';
import { type Delivery, isFinished, readDeliveries } from '#core/ledger/delivery.ts';
import { request } from '#lab/clients/session.ts';
import type { Experiment } from './experiment.ts';
import type { Author, RunStage } from './run-stage.ts';

/** The steps of a delivery in the ledger, and what each means to somebody who asks. */
const STEPS: [string, (delivery: Delivery) => string | null][] = [
  ['accepted: tweet and promise are in the ledger', ({ acceptedAt }) => acceptedAt],
  ['the broker has the job', ({ publishedAt }) => publishedAt],
  ['a worker has taken it', ({ startedAt }) => startedAt],
  ['the first followers have it', ({ firstAt }) => firstAt],
  ['every chunk is planned', ({ plannedAt }) => plannedAt],
  ['half of all followers have it', ({ medianAt }) => medianAt],
  ['completed: the last chunk has closed it', ({ finishedAt }) => finishedAt],
];

/** Follows one tweet from the press of the button to its completion, by asking for its status. */
export const stepByStep: Experiment = {
  info: {
    id: 'step-by-step',
    title: 'Job, status, completion: one tweet step by step',
    statement:
      'An application publishes a job and says how to ask for its status; a worker takes it, does it, and says when it is complete.',
    question: 'Somebody with many followers posts. When does the answer come?',
    answers: [
      { id: 'before', text: 'Before the first follower has the tweet.' },
      { id: 'between', text: 'After the first, before the last.' },
      { id: 'after', text: 'When all of them have it.' },
    ],
    breaks: 'Nothing. It posts one tweet and asks for its status until it is complete.',
    why: 'The answer is 202 with the address of the delivery, which shows what is in the ledger. The job is a row before it is a message, and the last chunk closes it in the transaction that counts this chunk (core/tweets/post-tweet.ts, core/ledger/start-and-finish.ts).',
    decision: 'docs/decisions/020-post-in-one-round-trip.md',
    size: { of: 'followers at most', usual: 1_000_000, most: 1_000_000 },
    takes: 10,
  },
  async run(stage) {
    const author = stage.authors.find(({ followerCount }) => followerCount <= stage.options.size);
    if (!author) throw new Error(`Expected an author with at most ${stage.options.size} followers`);
    const pressedAt = Date.now();
    const posted = await postOnce(stage, author);
    const answeredAt = Date.now();
    stage.note(`answered: 202, and the status is at ${posted.location}`);
    const asked = await askUntilComplete(stage, author, posted);
    const delivery = await readFinished(stage, posted.tweetId);
    for (const [name, at] of STEPS)
      stage.note(`${name}, ${afterPress(at(delivery), pressedAt)} after the press`);
    return {
      answer: () => {
        if (answeredAt <= Date.parse(delivery.firstAt ?? '')) return 'before';
        return answeredAt < Date.parse(delivery.finishedAt ?? '') ? 'between' : 'after';
      },
      measured: [
        { name: 'the author is answered, after the press', value: time(answeredAt - pressedAt) },
        ...STEPS.map(([name, at]) => ({ name, value: afterPress(at(delivery), pressedAt) })),
        { name: 'states that were seen by asking', value: [...new Set(asked)].join(', ') },
        { name: 'times that the status was asked for', value: String(asked.length) },
        { name: 'chunks', value: String(delivery.chunks) },
        { name: 'followers', value: delivery.expected.toLocaleString('en') },
      ],
    };
  },
};

const afterPress = (at: string | null, pressedAt: number): string =>
  time(at === null ? null : Math.max(0, Date.parse(at) - pressedAt));

const accepted = z.object({ tweet: z.object({ id: z.number() }), delivery: z.object({ state: z.string() }) });
type Posted = { tweetId: number; location: string; state: string };

/** Posts once, without the retries of {@link RunStage.post}, because the time of the answer is measured. */
async function postOnce(stage: RunStage, author: Author): Promise<Posted> {
  const text = 'One tweet, step by step. An experiment of the lab.';
  const headers = { 'idempotency-key': `lab-${crypto.randomUUID()}` };
  const answer = await request(author, { method: 'POST', path: '/api/tweets', body: { text }, headers });
  if (answer?.status !== 202)
    throw new Error(`Expected the tweet to be accepted, got ${answer?.status ?? 'no answer'}`);
  const { tweet, delivery } = accepted.parse(answer.body);
  stage.adopt({ authorId: author.id, tweetId: tweet.id, text });
  stage.show(stage.drafts[stage.drafts.length - 1] ?? failed());
  return { tweetId: tweet.id, location: `/api/tweets/${tweet.id}/delivery`, state: delivery.state };
}

const LOOK = 20; // ms between two requests
const status = z.object({ state: z.string() });
const PATIENCE = 60_000; // ms

/** Every state that the answers said, one after another. */
async function askUntilComplete(
  stage: RunStage,
  author: Author,
  { location, state }: Posted,
): Promise<string[]> {
  const states = [state];
  const deadline = performance.now() + PATIENCE;
  while (!['delivered', 'failed', 'cancelled'].includes(states.at(-1) ?? '')) {
    await sleep(LOOK);
    const found = status.safeParse(await stage.ask(author, location)).data;
    if (found) states.push(found.state);
    if (performance.now() > deadline)
      throw new Error(`Expected it to be complete within 60 s, it is ${states.at(-1)}`);
  }
  return states;
}

async function readFinished({ connections: { pool } }: RunStage, tweetId: number): Promise<Delivery> {
  const [delivery] = await readDeliveries(pool, [tweetId]);
  if (delivery && isFinished(delivery)) return delivery;
  return failed();
}

function failed(): never {
  throw new Error('Expected the delivery of the tweet to be complete, it is not');
}
