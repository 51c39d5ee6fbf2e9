import { CONNECTIONS, type Connection } from './follower-screen.ts';

type Props = { connection: Connection; connect: (to: Connection) => void };

/** How the right pane is connected. */
export function ConnectionSwitch({ connection, connect }: Props) {
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
