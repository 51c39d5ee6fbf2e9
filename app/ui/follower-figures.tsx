'use client';

import type { AccountView } from '#api/contract.ts';
import { useChunks } from '#app/browser/chunk-size.tsx';
import { count, counted } from './figures.ts';

type Props = { account: Pick<AccountView, 'followerCount' | 'followingCount'> };

/** How many follow an account, in how many chunks a tweet reaches them, and how many it follows. */
export function FollowerFigures({ account: { followerCount, followingCount } }: Props) {
  const chunks = useChunks(followerCount);
  return (
    <span className="tabular-nums">
      {counted(followerCount, 'follower')} · {counted(chunks, 'chunk')} · follows {count(followingCount)}
    </span>
  );
}
