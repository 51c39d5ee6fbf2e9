import Link from 'next/link';
import type { TimelinePage } from '#api/contract.ts';
import { TweetCard } from '#app/ui/tweet-card.tsx';

/** A page further down, with an address of its own. */
export function OlderView({ page }: { page: TimelinePage }) {
  const { tweets, nextCursor } = page;
  return (
    <div className="mx-auto min-h-dvh max-w-2xl bg-surface lg:border-x">
      <div className="flex items-center justify-between border-b px-4 py-3 md:px-6">
        <h1 className="font-semibold">Older tweets</h1>
        <Link href="/home" className="link text-sm">
          The newest
        </Link>
      </div>
      <div role="feed" aria-label="Older tweets">
        {tweets.map((tweet, index) => (
          <TweetCard
            key={tweet.id}
            id={`t${tweet.id}`}
            position={index + 1}
            size={nextCursor ? -1 : tweets.length}
            author={tweet.author}
            text={tweet.text}
            createdAt={tweet.createdAt}
            via={tweet.app?.name}
          />
        ))}
      </div>
      <p className="flex justify-center p-6 text-sm">
        {nextCursor ? (
          <Link href={`/home?cursor=${encodeURIComponent(nextCursor)}`} className="button">
            Older tweets
          </Link>
        ) : (
          <span className="text-muted">That is all there is.</span>
        )}
      </p>
    </div>
  );
}
