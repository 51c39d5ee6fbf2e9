import type { DemoAccount } from './demo/account.ts';
import { demoAccounts } from './demo/accounts.ts';
import { type Size, zipf } from './size.ts';

/** Who follows one account: demo accounts by their ids, and a number of the population. */
export type Audience = { followeeId: number; demoFollowers: number[]; generated: number };

/** The ids of a demo account, and of the generated author of a rank. */
export const idOfDemo = (handle: string): number =>
  demoAccounts.findIndex((each) => each.handle === handle) + 1;
export const idOfAuthor = (rank: number): number => demoAccounts.length + rank;

/** Everyone who has followers, in the order of their ids. */
export function audiences(size: Size): Audience[] {
  const demo = demoAccounts.map((account) => audienceOfDemo(account, size));
  const generated = Array.from({ length: size.authors }, (_, index) => audienceOfAuthor(index + 1, size));
  return [...demo, ...generated].filter(
    ({ demoFollowers, generated }) => demoFollowers.length + generated > 0,
  );
}

function audienceOfDemo(account: DemoAccount, size: Size): Audience {
  const wanted = account.followers(size.celebrity);
  const demoFollowers = idsOf(demoAccounts.filter((other) => followsDemo(other, account, size)));
  const generated = wanted - demoFollowers.length;
  if (generated < 0) {
    throw new RangeError(
      `Expected at most ${wanted} followers of ${account.handle}, got ${demoFollowers.length}`,
    );
  }
  return { followeeId: idOfDemo(account.handle), demoFollowers, generated };
}

function audienceOfAuthor(rank: number, size: Size): Audience {
  const followers = demoAccounts.filter(
    ({ follows, followsAuthors }) => follows === 'everybody' || followsAuthors.includes(rank),
  );
  const demoFollowers = idsOf(followers);
  return { followeeId: idOfAuthor(rank), demoFollowers, generated: zipf(rank, size) - demoFollowers.length };
}

function followsDemo(follower: DemoAccount, followee: DemoAccount, { celebrity }: Size): boolean {
  if (follower === followee) return false;
  if (follower.follows === 'everybody') return followee.followers(celebrity) > 0;
  return follower.follows.includes(followee.handle);
}

const idsOf = (accounts: DemoAccount[]) => accounts.map(({ handle }) => idOfDemo(handle));
