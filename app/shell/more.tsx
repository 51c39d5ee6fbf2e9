'use client';

import type { MouseEvent, ReactNode } from 'react';
import { RAIL_ITEM } from './rail-item.ts';

/**
 * The entries that have no place in the bar of a phone. There they are in a popover above the bar, which the browser
 * closes. On wider screens they stand in the rail. A closed popover is invisible and not gone: dialogs and shortcuts
 * live in it.
 */
export function More({ children }: { children: ReactNode }) {
  const closeAfterLink = ({ target, currentTarget }: MouseEvent<HTMLDivElement>) => {
    if (target instanceof Element && target.closest('a')) currentTarget.hidePopover();
  };
  return (
    <>
      <button type="button" popoverTarget="more" className={`${RAIL_ITEM} md:hidden`}>
        <svg viewBox="0 0 15 15" aria-hidden="true" fill="currentColor" className="size-4.5">
          <path d="M2 6h3v3H2zm4 0h3v3H6zm4 0h3v3h-3z" />
        </svg>
        <span>More</span>
      </button>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the links in it are what is clicked */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: Enter on a link clicks it */}
      <div
        id="more"
        popover="auto"
        onClick={closeAfterLink}
        className="max-md:invisible max-md:fixed max-md:inset-auto max-md:right-2 max-md:bottom-16 max-md:m-0 max-md:grid max-md:w-56 max-md:grid-cols-2 max-md:gap-1 max-md:rounded-xl max-md:border max-md:bg-raised max-md:p-2 max-md:shadow-float max-md:open:visible md:contents"
      >
        {children}
      </div>
    </>
  );
}
