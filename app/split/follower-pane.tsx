'use client';

import type { AccountView } from '#app/contract.ts';
import { counted } from '#app/delivery/figures.ts';
import { ArrivalCard } from './arrival-card.tsx';
import { ConnectionSwitch } from './connection-switch.tsx';
import type { Connection, FollowerScreen } from './follower-screen.ts';
import { Pane } from './pane.tsx';
import { PaneTweet } from './pane-tweet.tsx';

type Props = {
  follower: AccountView;
  screen: FollowerScreen;
  connect: (to: Connection) => void;
  /** When the author pressed the key, if this browser saw it. */
  pressedAt: (tweet: { id: number; text: string }) => number | null;
};

/** The right pane: the follower's home timeline, as far as its connection lets it through. */
export function FollowerPane({ follower, screen, connect, pressedAt }: Props) {
  return (
    <Pane account={follower} part="Follower">
      <div className="border-b px-4 py-3">
        <ConnectionSwitch connection={screen.connection} connect={connect} />
        <Held screen={screen} />
      </div>
      <ul className="divide-y">
        {screen.shown.map((arrival) => (
          <ArrivalCard key={arrival.tweet.id} arrival={arrival} pressedAt={pressedAt(arrival.tweet)} />
        ))}
        {screen.before.map((tweet) => (
          <li key={tweet.id} className="px-4 py-3">
            <PaneTweet tweet={tweet} />
          </li>
        ))}
      </ul>
      {screen.shown.length + screen.before.length === 0 && (
        <p className="px-4 py-6 text-sm text-muted">
          The home timeline is empty. Post on the left, and it arrives here.
        </p>
      )}
    </Pane>
  );
}

function Held({ screen: { connection, pending, missed } }: { screen: FollowerScreen }) {
  const waits = connection === 'slow' ? pending.length : missed.length;
  return (
    <p role="status" className="min-h-5 text-sm font-medium text-warn">
      {waits > 0 && connection === 'slow' && `${counted(waits, 'tweet')} arrived, not drawn yet.`}
      {waits > 0 && connection === 'offline' && `${counted(waits, 'tweet')} missed. Go live to catch up.`}
      {waits > 0 && connection === 'live' && `Catching up on ${counted(waits, 'tweet')} …`}
    </p>
  );
}
