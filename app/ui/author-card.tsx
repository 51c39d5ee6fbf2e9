'use client';

import Link from 'next/link';
import { useId, useState } from 'react';
import type { AuthorView, UserView } from '#api/contract.ts';
import { useActing } from '#app/browser/acting.tsx';
import { readUser } from '#app/browser/api.ts';
import { FollowButton } from './follow-button.tsx';
import { FollowerFigures } from './follower-figures.tsx';
import { Portrait } from './portrait.tsx';

/**
 * The author's name. It opens a card that says who they are, with a button to follow them. The card is empty until it is
 * opened: its content would be half of the HTML of Home.
 */
export function AuthorCard({ author }: { author: AuthorView }) {
  const id = useId();
  const { acting } = useActing();
  const [isOpen, setIsOpen] = useState(false);
  const [user, setUser] = useState<UserView | 'away' | null>(null);
  const load = () => {
    if (acting) readUser(author.handle, acting.handle).then(setUser, () => setUser('away'));
  };
  return (
    <>
      <button
        type="button"
        popoverTarget={id}
        className="min-w-0 truncate font-semibold underline-offset-2 hover:underline"
        dir="auto"
      >
        {author.name}
      </button>
      <div
        id={id}
        popover="auto"
        role="dialog"
        aria-label={`About ${author.name}`}
        onBeforeToggle={(event) => setIsOpen(event.newState === 'open')}
        onToggle={(event) => event.newState === 'open' && load()}
        className="popover-below w-80 max-w-[calc(100vw-1rem)] rounded-xl border bg-raised p-4 text-sm shadow-float"
      >
        {isOpen && <About author={author} user={user} account={acting?.handle} />}
      </div>
    </>
  );
}

type AboutProps = { author: AuthorView; user: UserView | 'away' | null; account: string | undefined };

function About({ author: { handle, name }, user, account }: AboutProps) {
  return (
    <>
      <div className="flex items-center gap-3">
        <Portrait handle={handle} size={48} />
        <p className="min-w-0">
          <span className="block truncate font-semibold" dir="auto">
            {name}
          </span>
          <Link href={`/u/${handle}`} className="link">
            @{handle}
          </Link>
        </p>
      </div>
      <div className={`mt-3 ${account === handle ? 'min-h-14' : 'min-h-26'}`}>
        <Profile user={user} account={account} />
      </div>
    </>
  );
}

function Profile({ user, account }: Omit<AboutProps, 'author'>) {
  if (user === 'away') return <p>Postgres does not answer now. Close and open this to try again.</p>;
  if (user === null) return <div className="skeleton h-24" />;
  return (
    <>
      <p dir="auto">{user.bio}</p>
      <p className="mt-1 text-muted text-xs">
        <FollowerFigures account={user} />
      </p>
      {account && account !== user.handle && (
        <div className="mt-3">
          <FollowButton handle={user.handle} account={account} following={user.followedByMe} />
        </div>
      )}
    </>
  );
}
