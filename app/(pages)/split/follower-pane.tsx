'use client';

import type { AccountView } from '#api/contract.ts';
import { counted } from '#app/ui/figures.ts';
import { ArrivalCard } from './arrival-card.tsx';
import { CONNECTIONS, type Connection, type FollowerScreen } from './follower-screen.ts';
import { Pane, PaneTweet } from './pane.tsx';

type Props = {
  follower: AccountView;
  screen: FollowerScreen;
  connect: (to: Connection) => void;
  /** When the author pressed the key, if this browser saw it. */
  pressedAt: (tweet: { id: number; text: string }) => number | null;
};

/** The right pane: the follower's home timeline, as the chosen connection shows it. */
export function FollowerPane({ follower, screen, connect, pressedAt }: Props) {
  return (
    <Pane account={follower} side="Follower">
      <div className="border-b px-4 py-3">
        <ConnectionSwitch connection={screen.connection} connect={connect} />
        <p role="status" className="mt-1.5 min-h-5 text-xs text-muted">
          {held(screen)}
        </p>
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

/** Says in words what the connection means for the screen now. */
function held({ connection, pending, missed }: FollowerScreen): string {
  switch (connection) {
    case 'live':
      if (missed.length > 0) return `Catching up on ${counted(missed.length, 'tweet')} …`;
      return 'Draws every arrival when it comes.';
    case 'slow':
      if (pending.length > 0) return `${counted(pending.length, 'tweet')} arrived, not drawn yet.`;
      return 'Draws what has arrived once every 3 s.';
    case 'offline':
      if (missed.length > 0) return `${counted(missed.length, 'tweet')} missed. Go live to catch up.`;
      return 'Hears nothing. Once it is live again, the server sends what it missed.';
  }
}

type ConnectionSwitchProps = { connection: Connection; connect: (to: Connection) => void };

/** How the right pane is connected. */
function ConnectionSwitch({ connection, connect }: ConnectionSwitchProps) {
  return (
    <fieldset>
      <legend className="mb-1.5 text-xs text-muted">Connection, simulated in this browser</legend>
      <div className="grid grid-cols-3 rounded-lg border p-0.5">
        {CONNECTIONS.map((each) => (
          <label
            key={each}
            className="cursor-pointer rounded-md px-2 py-1 text-center text-sm text-muted has-checked:bg-accent-soft has-checked:font-medium has-checked:text-accent has-focus-visible:outline-2 has-focus-visible:outline-accent"
          >
            <input
              type="radio"
              name="connection"
              value={each}
              checked={each === connection}
              onChange={() => connect(each)}
              className="sr-only"
            />
            {each}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
