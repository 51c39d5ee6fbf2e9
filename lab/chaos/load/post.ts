import { z } from 'zod';
import type { Random } from '../random.ts';
import type { Caller } from './call.ts';
import { insist, newWish, type Wish } from './insist.ts';

/** One tweet that somebody wanted to post. */
export type Draft = Wish & {
  text: string;
  tweetId: number | null;
  /** Somebody asked to delete it; `answered` says that this was answered. */
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

/** Posts it, as often as it takes. */
export async function post(
  draft: Draft,
  random: Random,
  unexpected: (answer: string) => void,
): Promise<void> {
  // Whole bodies: a replayed answer is the very same one.
  const identity = (body: unknown) => JSON.stringify(body);
  await insist(draft, { random, body: { text: draft.text }, identity, refusals: REFUSALS, unexpected });
  const [first] = draft.accepted;
  if (first !== undefined) draft.tweetId = postedTweet.parse(JSON.parse(first)).tweet.id;
}
