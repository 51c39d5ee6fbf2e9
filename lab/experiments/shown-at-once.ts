import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { type Entry, emptyOutbox, type Outbox, reduceOutbox } from '#app/browser/outbox/outbox.ts';
import { postedTweet } from '#app/browser/shapes.ts';
import { time } from '#core/lab/race-result.ts';
import { readDeliveries } from '#core/ledger/delivery.ts';
import { type Caller, request } from '#lab/clients/session.ts';
import { median } from '#lab/harness/statistics.ts';
import { Link } from '#testing/link.ts';
import type { Experiment } from './experiment.ts';
import type { Author, RunStage } from './run-stage.ts';

const SLOW = 200; // ms each way, as over a poor mobile network
const home = z.object({ tweets: z.array(z.object({ id: z.number() })) });

/** Posts over a slow link, with the outbox that the browser has. */
export const shownAtOnce: Experiment = {
  info: {
    id: 'shown-at-once',
    title: 'Shown at once, or after the answer',
    statement:
      'Nobody has to wait for what is certain to come: authors see their own tweet before the server has answered.',
    question: `The network takes ${2 * SLOW} ms there and back. When do authors see their tweet in their own timeline?`,
    answers: [
      { id: 'at once', text: 'At the moment of the key press.' },
      { id: 'answered', text: 'When the answer comes.' },
      { id: 'delivered', text: 'When it is delivered.' },
    ],
    breaks: 'Slows the link of one client down, and nobody else’s. Posts a few tweets over it.',
    why: 'The browser’s outbox shows the tweet under its own idempotency key, and then as accepted when the 202 comes. A refused one stays, with its text. The author’s home needs no queue on the server either: it lays the author’s own tweets over the timeline (app/browser/outbox/outbox.ts, core/timelines/home-timeline.ts).',
    decision: 'docs/decisions/021-home-without-queries.md',
    size: { of: 'tweets', usual: 5, most: 20 },
    takes: 15,
  },
  async run(stage) {
    const link = await Link.open(Number(new URL(stage.options.url).port));
    stage.onEnd(() => link.close());
    link.slow(SLOW);
    const { small } = stage;
    const all: Seen[] = [];
    for (let n = 0; n < stage.options.size; n++) {
      const author = small[n % small.length];
      if (!author) throw new Error('Expected demo accounts with followers, found none');
      all.push(await postSlowly(stage, { ...author, url: `http://127.0.0.1:${link.port}` }));
    }
    const kept = await refusedIsKept({ ...stage.largest, url: `http://127.0.0.1:${link.port}` });
    await link.close();
    await stage.untilFinished(60_000);
    const middle = (of: (seen: Seen) => number) => median(all.map(of));
    const [shown, answered, read] = [
      middle((seen) => seen.shownMs),
      middle((seen) => seen.answeredMs),
      middle((seen) => seen.readMs),
    ];
    const delivered = median(await deliveredAfter(stage, all));
    return {
      answer: () => {
        if (shown < answered) return 'at once';
        return shown < delivered ? 'answered' : 'delivered';
      },
      findings: [
        ...(kept ? [] : ['a refused tweet did not stay, with its text']),
        ...all
          .filter(({ isOnHome }) => !isOnHome)
          .map(({ tweetId }) => `tweet ${tweetId} was answered and not on its author’s home`),
      ],
      measured: [
        { name: 'in the own timeline, from the key press', value: time(shown) },
        { name: 'the answer', value: time(answered) },
        { name: 'read back from the own home, over the same link', value: time(read) },
        { name: 'all followers have it', value: time(delivered) },
        { name: 'waiting that nobody saw', value: time(answered - shown) },
      ],
    };
  },
};

/** Milliseconds since the key press, by the client’s clock. */
type Seen = {
  tweetId: number;
  pressedAt: number;
  shownMs: number;
  answeredMs: number;
  readMs: number;
  isOnHome: boolean;
};

async function postSlowly(stage: RunStage, author: Author): Promise<Seen> {
  const text = `Over a slow network, tweet ${stage.drafts.length + 1}. An experiment of the lab.`;
  const pressedAt = Date.now();
  const began = performance.now();
  const since = () => performance.now() - began;
  const outbox = pressed(author, text);
  const shownMs = since();
  const answer = await sendFrom(outbox, author);
  const answeredMs = since();
  const posted = postedTweet.parse(answer?.body);
  const key = newest(outbox).key;
  const after = reduceOutbox(outbox, { type: 'accepted', key, posted, ms: answeredMs });
  if (newest(after).state.name !== 'accepted') throw new Error('Expected the outbox to say accepted');
  const tweetId = posted.tweet.id;
  stage.adopt({ authorId: author.id, tweetId, text });
  const answerOfHome = await request(author, { method: 'GET', path: '/api/timelines/home?limit=20' });
  const isOnHome = home.parse(answerOfHome?.body).tweets.some(({ id }) => id === tweetId);
  return { tweetId, pressedAt, shownMs, answeredMs, readMs: since(), isOnHome };
}

/** The outbox at the moment of the key press: the tweet is in it, and no request was made yet. */
function pressed(author: Author, text: string): Outbox {
  const entry: Entry = {
    ...{ key: randomUUID(), account: author.handle, text },
    ...{ pressedAt: Date.now(), state: { name: 'sending' } },
  };
  return reduceOutbox(emptyOutbox, { type: 'pressed', entry });
}

function newest({ entries: [entry] }: Outbox): Entry {
  if (!entry) throw new Error('Expected the tweet to be in the outbox, it is not');
  return entry;
}

function sendFrom(outbox: Outbox, author: Caller) {
  const { key, text } = newest(outbox);
  const headers = { 'idempotency-key': key };
  return request(author, { method: 'POST', path: '/api/tweets', body: { text }, headers });
}

const TOO_LONG = 281; // characters

/** Whether a tweet that the server refuses stays in the outbox, so that its author can correct it. */
async function refusedIsKept(author: Author): Promise<boolean> {
  const text = 'x'.repeat(TOO_LONG);
  const outbox = pressed(author, text);
  const answer = await sendFrom(outbox, author);
  const state = { name: 'rejected', message: String(answer?.status) } as const;
  const after = newest(reduceOutbox(outbox, { type: 'moved', key: newest(outbox).key, state }));
  return answer?.status === 400 && after.text === text && after.state.name === 'rejected';
}

async function deliveredAfter({ connections: { pool } }: RunStage, all: Seen[]): Promise<number[]> {
  const deliveries = await readDeliveries(
    pool,
    all.map(({ tweetId }) => tweetId),
  );
  return deliveries.map(({ tweetId, finishedAt }) => {
    const seen = all.find((each) => each.tweetId === tweetId);
    return Date.parse(finishedAt ?? '') - (seen?.pressedAt ?? Number.NaN);
  });
}
