import { Refusal } from '#app/server/problem.ts';
import { tweetId } from '#app/server/requests.ts';

/** The tweet id of a path; anything that cannot be one is not found. */
export function tweetIdOf({ id }: { id: string }): number {
  const result = tweetId.safeParse(id);
  if (result.success) return result.data;
  throw new Refusal('not-found', `Expected a tweet's id, got ${id}`);
}
