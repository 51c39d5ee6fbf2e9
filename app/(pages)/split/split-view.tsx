'use client';

import type { AccountView, TweetView } from '#api/contract.ts';
import { useOutbox } from '#app/browser/outbox/outbox-provider.tsx';
import { AuthorPane } from './author-pane.tsx';
import { pressedAt } from './flight.ts';
import { FollowerPane } from './follower-pane.tsx';
import { type FirstPage, useFollowerScreen } from './follower-screen.ts';
import { QueueColumn } from './queue-column.tsx';

type Props = {
  author: AccountView;
  follower: AccountView;
  /** The author's newest tweets when the page was rendered. `home` is the follower's timeline then. */
  own: TweetView[];
  home: FirstPage;
  follows: boolean;
};

const SHOWN = 3; // deliveries between the panes

/** Both ends of the fan-out, on the one stream of this tab. */
export function SplitView({ author, follower, own, home, follows }: Props) {
  const { entries, deliveries } = useOutbox();
  const mine = entries.filter(({ account }) => account === author.handle);
  const recent = [...deliveries.values()]
    .filter(({ authorId }) => authorId === author.id)
    .sort((a, b) => b.tweetId - a.tweetId);
  const { screen, connect } = useFollowerScreen({
    follower: follower.handle,
    home,
    newest: recent[0]?.tweetId ?? null,
  });
  return (
    <>
      {!follows && (
        <p className="rounded-lg bg-warn-soft px-3 py-2 text-sm text-warn">
          @{follower.handle} does not follow @{author.handle}: what is posted on the left does not arrive on
          the right.
        </p>
      )}
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 lg:grid-cols-[minmax(0,1fr)_9rem_minmax(0,1fr)]">
        <AuthorPane author={author} entries={mine} own={own} />
        <QueueColumn deliveries={recent.slice(0, SHOWN)} />
        <FollowerPane
          follower={follower}
          screen={screen}
          connect={connect}
          pressedAt={(tweet) => pressedAt(mine, tweet)}
        />
      </div>
    </>
  );
}
