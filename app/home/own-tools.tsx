'use client';

import { Trash2 } from 'lucide-react';
import Link from 'next/link';

/** What an author can do with a tweet of theirs. */
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
        <Trash2 aria-hidden size={15} />
        <span className="sr-only">Delete</span>
      </button>
    </>
  );
}
