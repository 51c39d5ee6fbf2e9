import type { TweetView } from '#api/contract.ts';
import { Portrait } from '#app/components/portrait.tsx';

/** The tweet that the page is about, with its author. `dir="auto"` because it may be written right to left. */
export function TweetOnTop({ tweet }: { tweet: TweetView }) {
  const { author, text, createdAt } = tweet;
  return (
    <article className="flex gap-3">
      <Portrait handle={author.handle} size={44} />
      <div className="min-w-0">
        <p className="text-sm">
          <strong className="font-semibold">{author.name}</strong>{' '}
          <span className="text-muted">
            @{author.handle} ·{' '}
            <time dateTime={createdAt}>{createdAt.slice(0, 19).replace('T', ' ')} UTC</time>
          </span>
        </p>
        <p dir="auto" className="mt-0.5 text-lg leading-snug break-words whitespace-pre-wrap">
          {text}
        </p>
      </div>
    </article>
  );
}
