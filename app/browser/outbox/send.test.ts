import { expect, test } from 'vitest';
import type { PostedTweet } from '#api/contract.ts';
import type { ProblemKind } from '#api/problem.ts';
import { exampleDelivery } from '#app/browser/example-delivery.test-data.ts';
import { LostAnswer, ProblemError } from '#app/browser/http.ts';
import type { SendState } from './outbox.ts';
import { type Sender, send } from './send.ts';

const posted: PostedTweet = {
  tweet: {
    id: 7,
    text: 'Hello',
    createdAt: '2026-01-01T00:00:00.000Z',
    author: { id: 1, handle: 'ada', name: 'Ada' },
  },
  delivery: exampleDelivery({ tweetId: 7 }),
};

const problem = (status: number, kind: string, retryAfterMs: number | null = null) =>
  new ProblemError({ type: `/problems/${kind}`, title: kind, status, detail: `It is ${kind}` }, retryAfterMs);

const HOUR = 3_600_000;

type Options = {
  isOnline?: () => boolean;
  isRepeat?: boolean;
  /** What `age` gives, in order, and then always the last. */
  ages?: (number | Error)[];
};

/** A sender that gets these answers in order, and then always the last. */
function sending(
  answers: (PostedTweet | Error)[],
  { isOnline = () => true, isRepeat = false, ages = [0] }: Options = {},
) {
  const moves: SendState[] = [];
  const waits: (number | null)[] = [];
  let posts = 0;
  const wait = async (ms: number | null) => void waits.push(ms);
  const sender: Sender = {
    post: async () => {
      const answer = answers[Math.min(posts++, answers.length - 1)];
      if (!answer || answer instanceof Error) throw answer;
      return answer;
    },
    moved: (state) => moves.push(state),
    isOnline,
    wait,
    untilBack: wait,
    now: () => 0,
    isRepeat,
    age: async () => {
      const age = ages.length > 1 ? ages.shift() : ages[0];
      if (age === undefined || age instanceof Error) throw age;
      return age;
    },
  };
  return { sender, moves, waits, names: () => moves.map(({ name }) => name), posts: () => posts };
}

test('a tweet that is accepted at once is sent once', async () => {
  const { sender, names, posts } = sending([posted]);
  expect(await send(sender)).toBe(posted);
  expect(names()).toEqual(['sending']);
  expect(posts()).toBe(1);
});

test('a full system is asked again, not before Retry-After, and it is said which try comes next', async () => {
  const { sender, moves, waits } = sending([problem(503, 'over-capacity', 4_000), posted]);
  expect(await send(sender)).toBe(posted);
  expect(moves[1]).toMatchObject({ name: 'full', status: 503, reason: 'Full', nextTry: 2 });
  expect(waits[0]).toBeGreaterThanOrEqual(4_000);
});

test('a web process that is busy is asked again as a full system is, and called busy', async () => {
  const { sender, moves } = sending([problem(503, 'too-busy', 1_000), posted]);
  expect(await send(sender)).toBe(posted);
  expect(moves[1]).toMatchObject({ name: 'full', reason: 'Busy', nextTry: 2 });
});

test('a key that is being answered already is asked for again, and says so', async () => {
  const kind: ProblemKind = 'idempotency-in-progress';
  const { sender, moves } = sending([problem(409, kind, 1_000), posted]);
  expect(await send(sender)).toBe(posted);
  expect(moves[1]).toMatchObject({ name: 'full', status: 409, reason: 'Still being answered', nextTry: 2 });
});

test('a system that stays full is asked six times, and then the tweet is rejected with its text', async () => {
  const { sender, moves, posts } = sending([problem(503, 'over-capacity')]);
  expect(await send(sender)).toBeNull();
  expect(posts()).toBe(6);
  expect(moves.at(-1)).toEqual({ name: 'rejected', message: 'Still full after six tries' });
});

test('a lost answer is asked for until there is one', async () => {
  const lost = Array.from({ length: 9 }, () => new LostAnswer('No answer'));
  const { sender, posts } = sending([...lost, posted]);
  expect(await send(sender)).toBe(posted);
  expect(posts()).toBe(10);
});

test('a tweet that is refused says which field is wrong and is not sent again', async () => {
  const refusal = new ProblemError(
    {
      type: '/problems/validation',
      title: 'Not as expected',
      status: 400,
      detail: 'text: too long',
      errors: [{ field: 'text', message: 'Expected 1 to 280 characters, got 281' }],
    },
    null,
  );
  const { sender, moves, posts } = sending([refusal]);
  expect(await send(sender)).toBeNull();
  expect(posts()).toBe(1);
  expect(moves.at(-1)).toEqual({ name: 'rejected', message: 'Expected 1 to 280 characters, got 281' });
});

test('offline, nothing is sent until the browser is back', async () => {
  const online = [false, true];
  const { sender, names, waits } = sending([posted], { isOnline: () => online.shift() ?? true });
  expect(await send(sender)).toBe(posted);
  expect(names()).toEqual(['offline', 'sending']);
  expect(waits).toEqual([null]);
});

test.each([
  { what: 'a day old', age: 24 * HOUR, ageMs: 24 * HOUR },
  { what: 'nearly as old as its key', age: 23 * HOUR + 1, ageMs: 23 * HOUR + 1 },
  { what: 'written in the future, by a clock that was wrong', age: -2 * HOUR, ageMs: null },
])('a repeat that is $what is not sent before somebody has looked', async ({ age, ageMs }) => {
  const { sender, moves, posts } = sending([posted], { isRepeat: true, ages: [age] });
  expect(await send(sender)).toBeNull();
  expect(posts()).toBe(0);
  expect(moves.at(-1)).toEqual({ name: 'old', ageMs });
});

test.each([
  { what: 'a repeat whose key is known', isRepeat: true, age: 23 * HOUR },
  { what: 'a repeat of a clock that is a few seconds ahead', isRepeat: true, age: -5_000 },
  { what: 'what was never sent, such as in days without a network', isRepeat: false, age: 72 * HOUR },
])('$what is sent, however long it waited', async ({ isRepeat, age }) => {
  const { sender, posts } = sending([posted], { isRepeat, ages: [age] });
  expect(await send(sender)).toBe(posted);
  expect(posts()).toBe(1);
});

test('a tweet whose answers were lost for a day is not sent once more, also when the page was open all the time', async () => {
  const { sender, names, posts } = sending([new LostAnswer('No answer')], { ages: [1_000, 24 * HOUR] });
  expect(await send(sender)).toBeNull();
  expect(posts()).toBe(2);
  expect(names().at(-1)).toBe('old');
});

test('a repeat waits for a server that does not say what time it is', async () => {
  const ages = [new LostAnswer('No answer'), 1_000];
  const { sender, names, posts } = sending([posted], { isRepeat: true, ages });
  expect(await send(sender)).toBe(posted);
  expect(names()).toEqual(['sending', 'lost', 'sending']);
  expect(posts()).toBe(1);
});
