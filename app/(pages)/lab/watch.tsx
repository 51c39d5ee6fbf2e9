'use client';

import { Suspense, useEffect } from 'react';
import type { RunView } from '#api/contract.ts';
import { secondsBetween } from '#app/browser/live/lab.tsx';
import { loadLater } from '#app/ui/load-later.tsx';

const loadTweet = () => import('./watched-tweet.tsx').then(({ WatchedTweet: loaded }) => loaded);
const loadStage = () => import('./stage-watch.tsx').then(({ StageWatch: loaded }) => loaded);
const WatchedTweet = loadLater(loadTweet); // nobody sees this and the next before an experiment runs
const StageWatch = loadLater(loadStage);

/** Loads them before anything is broken: later the web process itself may be broken and not answer. */
export function usePreloadedWatch(): void {
  useEffect(() => {
    for (const load of [loadTweet, loadStage]) load().catch(() => {});
  }, []);
}

type Props = { run: RunView /** The time by the server's clock, in ms. */; now: number };

/** Shows live what happens: the tweet on its way, and what was done to the system. */
export function Watch({ run, now }: Props) {
  const isHere = run.broker === null;
  const tweetId = isHere ? run.tweets.at(-1) : undefined;
  return (
    <div className="space-y-4">
      <ol className="space-y-1 text-sm tabular-nums">
        {run.moments.map(({ at, text }) => (
          <li key={`${at}${text}`} className="flex gap-3">
            <span className="w-14 shrink-0 text-right text-muted">{at.toFixed(1)} s</span>
            <span className="min-w-0 break-words">{text}</span>
          </li>
        ))}
      </ol>
      {run.wait && (
        <p className="text-sm text-warn tabular-nums">
          This takes long by design: {run.wait.text}. At most{' '}
          {secondsBetween(now, Date.parse(run.wait.until))} s more.
        </p>
      )}
      <Suspense fallback={<div className="skeleton h-24" />}>
        {!isHere && run.endedAt === null && <StageWatch />}
        {tweetId !== undefined && <WatchedTweet key={tweetId} tweetId={tweetId} />}
      </Suspense>
    </div>
  );
}
