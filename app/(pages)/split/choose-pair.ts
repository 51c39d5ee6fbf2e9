'use client';

import { useRouter } from 'next/navigation';
import { useState } from 'react';
import type { AccountView } from '#api/contract.ts';
import { follow, readUser, signIn } from '#app/browser/api.ts';

export type Pair = { author: string; follower: string };
type PairCheck = 'open' | 'does not follow' | 'same person';

/** Signs both accounts in and says whether the pair makes sense: only followers get the author's tweets. */
async function choosePair({ author, follower }: Pair): Promise<PairCheck> {
  if (author === follower) return 'same person';
  await signIn(author);
  await signIn(follower);
  const { followedByMe } = await readUser(author, follower);
  return followedByMe ? 'open' : 'does not follow';
}

/** Makes the follower follow the author, so that the pair makes sense. */
const joinPair = ({ author, follower }: Pair): Promise<void> => follow(author, follower);

/** The address of a pair. It names the acting account of each pane. */
const splitPath = ({ author, follower }: Pair): string =>
  `/split?${new URLSearchParams({ author, follower })}`;

export type PairResult = PairCheck | { problem: string };

/** The pair that is being chosen, and the result of the last try. */
export function useChoice(initial: Pair) {
  const router = useRouter();
  const [pair, setPair] = useState(initial);
  const [busy, setBusy] = useState(false);
  const [result, setResult] = useState<PairResult | null>(null);

  const run = async (work: () => Promise<PairCheck>) => {
    setBusy(true);
    try {
      const check = await work();
      setResult(check);
      if (check === 'open') router.push(splitPath(pair));
      router.refresh(); // both were signed in: the shell shows who acts now
    } catch (error) {
      setResult({ problem: error instanceof Error ? error.message : String(error) });
    } finally {
      setBusy(false);
    }
  };
  const change = (next: Partial<Pair>) => {
    setPair({ ...pair, ...next });
    setResult(null);
  };
  return {
    pair,
    busy,
    result,
    change,
    open: () => run(() => choosePair(pair)),
    join: () => run(() => joinPair(pair).then(() => choosePair(pair))),
  };
}

type Wanted = { author: string | null; follower: string | null };

/**
 * The pair that the form starts with: what the URL says. Otherwise the author is the ordinary one, and the follower is
 * whoever follows most people, who most likely follows the author too.
 */
export function suggestPair(accounts: AccountView[], { author, follower }: Wanted): Pair {
  const known = (handle: string | null) => accounts.find((account) => account.handle === handle)?.handle;
  const left =
    known(author) ?? accounts.find(({ role }) => role === 'ordinary')?.handle ?? accounts[0]?.handle ?? '';
  const others = accounts.filter(({ handle }) => handle !== left);
  const followsMost = others.toSorted((a, b) => b.followingCount - a.followingCount)[0];
  return { author: left, follower: known(follower) ?? followsMost?.handle ?? '' };
}
