import { CONNECTIONS, type Connection } from './follower-screen.ts';

const MEANS: Record<Connection, string> = {
  live: 'Draws every arrival when it comes.',
  slow: 'Simulated in this browser: draws what has arrived once every 3 s.',
  offline: 'Simulated in this browser: listens to nothing. Back live, the server sends what was missed.',
};

type Props = { connection: Connection; connect: (to: Connection) => void };

/** How the right pane is connected. */
export function ConnectionSwitch({ connection, connect }: Props) {
  return (
    <fieldset>
      <legend className="sr-only">Connection of the follower’s screen</legend>
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
      <p className="mt-1.5 min-h-8 text-xs text-muted">{MEANS[connection]}</p>
    </fieldset>
  );
}
