'use client';

import type { ReactNode, Ref } from 'react';
import type { AuthorView } from '#api/contract.ts';
import { AuthorCard } from './author-card.tsx';
import { Portrait } from './portrait.tsx';
import { RelativeTime } from './time.tsx';
import { Via } from './via.tsx';

type Props = {
  author: AuthorView;
  text: string;
  /** ISO 8601; null while it has not been accepted. */
  createdAt: string | null;
  /** The app that it was posted with, when that was not one of our pages. */
  via?: string | undefined;
  /** Its place among the articles, from 1. */
  position: number;
  /** How many articles there are; -1 when there are older ones. */
  size: number;
  id: string;
  tools?: ReactNode;
  footer?: ReactNode;
  ref?: Ref<HTMLElement>;
};

/** One tweet. It keeps its card when it has been sent and is accepted. */
export function TweetCard({ author, text, createdAt, via, position, size, id, tools, footer, ref }: Props) {
  return (
    <article
      ref={ref}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: articles of a feed take the focus, by its ARIA pattern
      tabIndex={0}
      aria-posinset={position}
      aria-setsize={size}
      aria-labelledby={`${id}-author`}
      aria-describedby={`${id}-text`}
      className="tweet group grid grid-cols-[2.5rem_minmax(0,1fr)] gap-x-3 border-b px-4 py-3 focus-visible:outline-offset-[-2px] md:px-6"
    >
      <Portrait handle={author.handle} size={40} />
      <div className="min-w-0">
        <header className="flex min-h-7 items-center gap-x-1.5 text-sm">
          <span id={`${id}-author`} className="flex min-w-0 items-baseline gap-x-1.5">
            <AuthorCard author={author} />
            <span className={`min-w-0 shrink-[99] truncate text-muted ${tools ? 'max-sm:hidden' : ''}`}>
              @{author.handle}
            </span>
          </span>
          <span className="text-muted">·</span>
          <span className="text-muted">{createdAt ? <RelativeTime at={createdAt} /> : 'now'}</span>
          <span className="ml-auto flex shrink-0 items-center">{tools}</span>
        </header>
        <p id={`${id}-text`} dir="auto" className="whitespace-pre-wrap break-words leading-normal">
          {text}
        </p>
        {via && <Via app={via} />}
        {footer && <footer className="mt-1">{footer}</footer>}
      </div>
    </article>
  );
}
