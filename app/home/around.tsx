import type { AccountView } from '#api/contract.ts';
import type { Around as Read } from '#api/reads.ts';
import { Trends } from './trends.tsx';
import { WhoToFollow } from './who-to-follow.tsx';

/** Trends and who to follow, one above the other. */
export function Around({ account, trends, suggestions }: Read & { account: AccountView }) {
  return (
    <div className="grid gap-4">
      <Trends initial={trends} />
      <WhoToFollow account={account} initial={suggestions} />
    </div>
  );
}
