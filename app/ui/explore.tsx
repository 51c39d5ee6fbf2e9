'use client';

import { useEffect, useEffectEvent, useState } from 'react';
import type { AccountView, SuggestionsView, TrendsView } from '#api/contract.ts';
import { readTrends } from '#app/browser/api.ts';
import { useLiveWord } from '#app/browser/live/use-live.tsx';
import { SECOND } from '#core/durations.ts';
import { counted } from './figures.ts';
import { TimeAgo } from './time.tsx';
import { WhoToFollow } from './who-to-follow.tsx';

const EVERY_MS = 30 * SECOND; // as often as they are counted
const SHOWN = 8;

type Props = { account: AccountView; trends: TrendsView | null; suggestions: SuggestionsView | null };

/** Trends and who to follow, one above the other. */
export function Explore({ account, trends, suggestions }: Props) {
  return (
    <div className="grid gap-4">
      <Trends initial={trends} />
      <WhoToFollow account={account} initial={suggestions} />
    </div>
  );
}

/** Words that many tweets hold, counted in advance. `initial` is null when they cannot be read. */
function Trends({ initial }: { initial: TrendsView | null }) {
  const [trends, setTrends] = useState(initial);
  useEvery(EVERY_MS, () => void readTrends(SHOWN).then(setTrends, () => {})); // it is read again in 30 s
  return (
    <section aria-labelledby="trends" className="card p-4">
      <h2 id="trends" className="font-semibold">
        Trends <span className="font-normal text-muted text-sm">{trends && `last ${trends.hours} h`}</span>
      </h2>
      <List trends={trends} />
      {trends?.countedAt && (
        <p className="mt-3 text-muted text-xs">
          Counted every 30 s by a task, last <TimeAgo at={trends.countedAt} />.
        </p>
      )}
    </section>
  );
}

function List({ trends }: { trends: TrendsView | null }) {
  if (!trends) return <p className="mt-2 text-muted text-sm">Trends cannot be read now. The timeline can.</p>;
  if (!trends.countedAt)
    return <p className="mt-2 text-muted text-sm">Not counted yet: a worker counts them within 30 s.</p>;
  if (trends.trends.length === 0)
    return (
      <p className="mt-2 text-muted text-sm">
        No word appears in two tweets of the last {trends.hours} h. Write one, then write it again.
      </p>
    );
  return (
    <ol className="mt-2 divide-y">
      {trends.trends.map(({ term, tweets }) => (
        <li key={term} className="flex items-baseline justify-between gap-3 py-1.5">
          <bdi className="min-w-0 truncate font-medium">{term}</bdi>
          <span className="shrink-0 text-muted text-xs tabular-nums">{counted(tweets, 'tweet')}</span>
        </li>
      ))}
    </ol>
  );
}

/** Runs `work` every `ms` while the page is visible and not paused. It is for what the stream does not carry. */
function useEvery(ms: number, work: () => void): void {
  const paused = useLiveWord() === 'paused';
  const tick = useEffectEvent(() => {
    if (document.visibilityState === 'visible') work();
  });
  useEffect(() => {
    if (paused) return;
    const timer = setInterval(() => tick(), ms);
    return () => clearInterval(timer);
  }, [ms, paused]);
}
