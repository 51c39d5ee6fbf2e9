'use client';

import { ArrowUp } from 'lucide-react';
import { counted } from '#app/delivery/figures.ts';
import { useShortcut } from '#app/shell/shortcuts.ts';

/** What arrived waits here, so that nothing that is being read moves. */
export function NewTweets({ count, load }: { count: number; load(): void }) {
  useShortcut('.', () => count > 0 && load());
  return (
    <div className="pointer-events-none sticky top-8 z-10 flex h-0 justify-center">
      {count > 0 && (
        <button
          type="button"
          onClick={load}
          className="button-primary pointer-events-auto mt-2 flex h-9 items-center gap-2 rounded-full px-4 font-medium text-sm shadow-float"
        >
          <ArrowUp aria-hidden size={15} />
          {counted(count, 'new tweet')}
        </button>
      )}
      <span role="status" className="sr-only">
        {count > 0 && `${counted(count, 'new tweet')} waiting`}
      </span>
    </div>
  );
}
