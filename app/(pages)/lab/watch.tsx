'use client';

import Link from 'next/link';
import type { RunView } from '#api/contract.ts';
import { secondsBetween } from '#app/browser/live/lab.tsx';
import { DeliveryLine } from '#app/ui/delivery-line.tsx';
import { useDeliveryOf } from '../t/[id]/delivery/live-delivery.ts';
import { Mosaic } from '../t/[id]/delivery/mosaic.tsx';
import { StageWatch } from './stage-watch.tsx';

type Props = { run: RunView /** The time by the server's clock, in ms. */; now: number };

/** What happens, as it happens: the tweet on its way, and what was done to the system. */
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
      {!isHere && run.endedAt === null && <StageWatch />}
      {tweetId !== undefined && <Watched key={tweetId} tweetId={tweetId} />}
    </div>
  );
}

function Watched({ tweetId }: { tweetId: number }) {
  const live = useDeliveryOf(tweetId);
  if (!live) return <div className="skeleton h-24" />;
  return (
    <div className="space-y-2">
      <div className="flex flex-wrap items-center justify-between gap-x-4">
        <DeliveryLine delivery={live.delivery} />
        <Link href={`/t/${tweetId}/delivery`} className="link text-sm">
          Its delivery page
        </Link>
      </div>
      {live.delivery.chunks > 1 && <Mosaic {...live} />}
    </div>
  );
}
