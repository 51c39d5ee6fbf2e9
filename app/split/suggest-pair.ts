import type { AccountView } from '#api/contract.ts';
import type { Pair } from './choose-pair.ts';

type Wanted = { author: string | null; follower: string | null };

/**
 * The pair that the form starts with: what the URL says, else the ordinary author, and as the follower whoever follows
 * most people, because that one most likely follows the author too.
 */
export function suggestPair(accounts: AccountView[], { author, follower }: Wanted): Pair {
  const known = (handle: string | null) => accounts.find((account) => account.handle === handle)?.handle;
  const left =
    known(author) ?? accounts.find(({ role }) => role === 'ordinary')?.handle ?? accounts[0]?.handle ?? '';
  const others = accounts.filter(({ handle }) => handle !== left);
  const keenest = others.toSorted((a, b) => b.followingCount - a.followingCount)[0];
  return { author: left, follower: known(follower) ?? keenest?.handle ?? '' };
}
