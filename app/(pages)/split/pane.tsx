import type { ReactNode } from 'react';
import type { AccountView } from '#api/contract.ts';
import { Portrait } from '#app/ui/portrait.tsx';

type Props = { account: AccountView; side: 'Author' | 'Follower'; children: ReactNode };

/** One of the two screens, with the account that acts in it. */
export function Pane({ account, side, children }: Props) {
  return (
    <section aria-label={`${side}: ${account.name}`} className="card min-w-0 overflow-hidden">
      <header className="flex items-center gap-3 border-b px-4 py-3">
        <Portrait handle={account.handle} size={36} />
        <div className="min-w-0">
          <p className="text-xs text-muted">{side}</p>
          <h2 className="truncate text-sm font-semibold">
            {account.name} <span className="font-normal text-muted">@{account.handle}</span>
          </h2>
        </div>
      </header>
      {children}
    </section>
  );
}

type PaneTweetProps = { tweet: { author: { handle: string; name: string }; text: string } };

/** A tweet as small as a pane needs it. */
export function PaneTweet({ tweet: { author, text } }: PaneTweetProps) {
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
