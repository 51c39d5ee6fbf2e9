import { Portrait } from '#app/components/portrait.tsx';

type Props = { tweet: { author: { handle: string; name: string }; text: string } };

/** A tweet as small as a pane needs it. */
export function PaneTweet({ tweet: { author, text } }: Props) {
  return (
    <div className="flex gap-3">
      <Portrait handle={author.handle} size={32} />
      <div className="min-w-0">
        <p className="truncate text-sm">
          <strong className="font-semibold">{author.name}</strong>{' '}
          <span className="text-muted">@{author.handle}</span>
        </p>
        <p dir="auto" className="text-sm break-words whitespace-pre-wrap">
          {text}
        </p>
      </div>
    </div>
  );
}
