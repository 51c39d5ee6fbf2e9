'use client';

import Link from 'next/link';
import { DeliveryLine } from '#app/ui/delivery-line.tsx';
import { useDeliveryOf } from '../t/[id]/delivery/live-delivery.ts';
import { Mosaic } from '../t/[id]/delivery/mosaic.tsx';

/** A tweet on its way, as its delivery page shows it. */
export function WatchedTweet({ tweetId }: { tweetId: number }) {
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
