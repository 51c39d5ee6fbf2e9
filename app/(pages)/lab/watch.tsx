'use client';

import Link from 'next/link';
import type { RunView } from '#api/contract.ts';
import { DeliveryLine } from '#app/ui/delivery-line.tsx';
import { useDeliveryOf } from '../t/[id]/delivery/live-delivery.ts';
import { Mosaic } from '../t/[id]/delivery/mosaic.tsx';

/** What happens, as it happens: the tweet on its way, and what was done to the system. */
export function Watch({ run }: { run: RunView }) {
  const tweetId = run.tweets.at(-1);
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
