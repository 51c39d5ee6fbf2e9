import { z } from 'zod';
import type { Random } from '#lab/harness/random.ts';
import { insist, newWish, type Wish } from './insist.ts';
import { type Answered, type Caller, problemIn } from './session.ts';

/** One tweet that somebody wanted to post. */
export type Draft = Wish & {
  text: string;
  tweetId: number | null;
  /** Whether somebody asked to delete it, and whether that was answered. */
  deletion: 'none' | 'asked' | 'answered';
};

export const newDraft = (author: Caller, key: string): Draft => ({
  ...newWish(author, key),
  text: `Chaos ${key}`,
  tweetId: null,
  deletion: 'none',
});

const REFUSALS = ['/problems/over-capacity', '/problems/over-rate'];
const postedTweet = z.object({ tweet: z.object({ id: z.number() }) });

/** Posts it again and again until it is answered. */
export async function post(
  draft: Draft,
  random: Random,
  unexpected: (answer: string) => void,
): Promise<void> {
  // It compares whole bodies, because a replayed answer is the very same one.
  const identity = (body: unknown) => JSON.stringify(body);
  await insist(draft, { random, body: { text: draft.text }, identity, refusals: REFUSALS, unexpected });
  const [first] = draft.accepted;
  if (first !== undefined) draft.tweetId = postedId(first);
}

/** The id of the tweet that an answer to a post tells of. */
const postedId = (answer: string): number => postedTweet.parse(JSON.parse(answer)).tweet.id;

const NOT_BEGUN = [...REFUSALS, '/problems/too-busy'];

/** Notes the only answer to a draft that was sent once: accepted, refused, or unknown. */
export function noteOnly(draft: Draft, { status, text }: Answered): void {
  if (status === 202) {
    draft.accepted.push(text);
    draft.tweetId = postedId(text);
  } else if (status !== null && (status < 500 || NOT_BEGUN.includes(problemIn(text) ?? ''))) draft.refused++;
  else draft.open++;
}
