'use client';

import Link from 'next/link';
import { type MouseEvent, useState } from 'react';
import type { AccountView } from '#api/contract.ts';
import { type HomeList, MOST } from './home-list.ts';

/** What stands below the oldest tweet: the way to older ones, or that there are none. */
export function Older({ list, append }: { list: HomeList; append(): Promise<void> }) {
  const [state, setState] = useState<'idle' | 'reading' | 'failed'>('idle');
  if (list.trimmed) {
    return (
      <p className="p-6 text-center text-muted text-sm">
        {MOST} tweets are on this page.{' '}
        <a className="link" href="/home">
          Start again from the newest
        </a>
      </p>
    );
  }
  if (!list.nextCursor) return <p className="p-8 text-center text-muted text-sm">That is all there is.</p>;
  const here = (event: MouseEvent) => {
    if (list.shown.length >= MOST) return;
    event.preventDefault();
    setState('reading');
    append().then(
      () => setState('idle'),
      () => setState('failed'),
    );
  };
  return (
    <p className="flex justify-center gap-3 p-6 text-sm">
      <Link href={`/home?cursor=${encodeURIComponent(list.nextCursor)}`} onClick={here} className="button">
        {state === 'reading' ? 'Reading older tweets …' : 'Older tweets'}
      </Link>
      {state === 'failed' && (
        <span role="alert" className="self-center text-bad">
          No answer. Try again.
        </span>
      )}
    </p>
  );
}

/** What stands in place of a timeline without any tweet. */
export function Empty({ account }: { account: AccountView }) {
  const nobody = account.followingCount === 0;
  return (
    <div className="px-6 py-16 text-center">
      <p className="font-medium">{nobody ? 'You follow nobody' : 'Nothing here yet'}</p>
      <p className="mx-auto mt-1 max-w-sm text-muted text-sm">
        {nobody
          ? 'So no tweet can arrive. Write one above, or press a to act as somebody who follows others.'
          : 'Tweets of those you follow arrive here by themselves. Write one above, or act as somebody else and watch it come.'}
      </p>
    </div>
  );
}
