'use client';

import { TrashIcon } from '@radix-ui/react-icons';
import Link from 'next/link';

/** Links and buttons for the author of a tweet. */
export function OwnTools({ tweetId, ask }: { tweetId: number; ask(): void }) {
  return (
    <>
      <Link
        href={`/t/${tweetId}/delivery`}
        className="rounded-md px-2 py-1 text-muted text-xs hover:bg-ink/5 hover:text-ink"
      >
        Delivery
      </Link>
      <button
        type="button"
        onClick={ask}
        className="grid size-7 place-items-center rounded-md text-muted hover:bg-bad-soft hover:text-bad"
      >
        <TrashIcon aria-hidden className="size-3.75" />
        <span className="sr-only">Delete</span>
      </button>
    </>
  );
}
