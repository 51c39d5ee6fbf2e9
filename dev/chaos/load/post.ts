import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import type { Random } from '../random.ts';
import { type Answer, type Caller, call } from './call.ts';

/** One tweet that somebody wanted to post, under one idempotency key, and all that was answered. */
export type Draft = {
  key: string;
  text: string;
  author: Caller;
  /** Whole bodies of the `202`, which must all be the same. */
  accepted: string[];
  tweetId: number | null;
  refused: number;
  /** Neither: no answer, or one that leaves open what was done. */
  open: number;
  /** Somebody asked to delete it; `deletedAt` says that this was answered. */
  deletion: 'none' | 'asked' | 'answered';
};

export const newDraft = (author: Caller, key: string): Draft => ({
  key,
  text: `Chaos ${key}`,
  author,
  accepted: [],
  tweetId: null,
  refused: 0,
  open: 0,
  deletion: 'none',
});

const AT_ONCE = 0.15; // of all posts are sent twice at once: a double click, two tabs
const AGAIN = 0.2; // are sent once more after their answer
const MOST_REFUSALS = 3;
const MOST_TRIES = 25;

/** Posts as the outbox of the browser does: the same key again until an answer says what became of it. */
export async function post(
  draft: Draft,
  random: Random,
  unexpected: (answer: string) => void,
): Promise<void> {
  const copies = random.chance(AT_ONCE) ? 2 : 1;
  const again = random.chance(AGAIN);
  for (let tries = 0; tries < MOST_TRIES && draft.refused < MOST_REFUSALS * copies; tries++) {
    const answers = await Promise.all(Array.from({ length: copies }, () => send(draft)));
    for (const answer of answers) note(draft, answer, unexpected);
    if (draft.accepted.length > 0) break;
    await wait(random.between(100, 600));
  }
  if (again && draft.accepted.length > 0) note(draft, await send(draft), unexpected);
}

const send = ({ author, key, text }: Draft): Promise<Answer> =>
  call(author, {
    method: 'POST',
    path: '/api/tweets',
    body: { text },
    headers: { 'idempotency-key': key },
  });

const postedTweet = z.object({ tweet: z.object({ id: z.number() }) });
const problem = z.object({ type: z.string() });

function note(draft: Draft, answer: Answer, unexpected: (answer: string) => void): void {
  switch (meaningOf(answer)) {
    case 'accepted':
      draft.tweetId ??= postedTweet.parse(answer?.body).tweet.id;
      draft.accepted.push(JSON.stringify(answer?.body));
      return;
    case 'refused':
      draft.refused++;
      return;
    case 'unexpected':
      unexpected(`POST /api/tweets: ${JSON.stringify(answer)}`);
      draft.open++;
      return;
    case 'open':
      draft.open++;
  }
}

function meaningOf(answer: Answer): 'accepted' | 'refused' | 'open' | 'unexpected' {
  if (!answer) return 'open';
  if (answer.status === 202) return 'accepted';
  const type = problem.safeParse(answer.body).data?.type ?? '';
  if (['/problems/over-capacity', '/problems/over-rate'].includes(type)) return 'refused';
  if (['/problems/unavailable', '/problems/idempotency-in-progress'].includes(type) && answer.status !== 500)
    return 'open';
  return 'unexpected';
}
