import { follow, readUser, signIn } from '#app/client/calls.ts';

export type Pair = { author: string; follower: string };
export type Choice = 'open' | 'does not follow' | 'same person';

/** Signs both accounts in and says whether the pair makes sense: only followers get the author's tweets. */
export async function choosePair({ author, follower }: Pair): Promise<Choice> {
  if (author === follower) return 'same person';
  await signIn(author);
  await signIn(follower);
  const { followedByMe } = await readUser(author, follower);
  return followedByMe ? 'open' : 'does not follow';
}

/** Makes the follower follow the author, so that the pair makes sense. */
export const joinPair = ({ author, follower }: Pair): Promise<void> => follow(author, follower);

/** The address of a pair: the acting account of each pane is in it. */
export const splitPath = ({ author, follower }: Pair): string =>
  `/split?${new URLSearchParams({ author, follower })}`;
