import pg from 'pg';
import { z } from 'zod';
import { SECOND } from '#core/durations.ts';
import { postgresServers } from '#core/postgres-url.ts';
import { readRow } from '#core/rows.ts';

/** A server of PostgreSQL answers and takes no writes. It has the code with which the server itself refuses one. */
export class NotPrimary extends Error {
  override name = 'NotPrimary';
  readonly code = '25006';
}

/**
 * Which of the servers that DATABASE_URL names takes writes, as far as this process knows. A new connection goes to the one that
 * was right last. When that is away, or is a standby, the next connection goes to the next server.
 */
export class Primary {
  readonly #servers: string[];
  #at = 0;

  constructor(url: string) {
    this.#servers = postgresServers(url);
  }

  /** How many servers there are. With one there is nothing to choose, and nothing is asked. */
  get count(): number {
    return this.#servers.length;
  }

  /** Where the next connection goes. */
  get url(): string {
    return this.#servers[this.#at] ?? '';
  }

  /** A connection to this server has failed. Another one may have gone on already. */
  goOnFrom(url: string): void {
    if (url === this.url) this.#at = (this.#at + 1) % this.count;
  }
}

/** The class of a pool's connections: each goes where the primary was last. */
export const clientTo = (primary: Primary) =>
  class extends pg.Client {
    constructor(options: pg.ClientConfig = {}) {
      super({ ...options, connectionString: primary.url });
    }
  };

const row = z.object({ isReadOnly: z.boolean() });

/** Rejects with {@link NotPrimary} on a server that takes no writes, as `target_session_attrs=read-write` does in libpq. */
export async function requirePrimary(client: Pick<pg.ClientBase, 'query'>): Promise<void> {
  const { isReadOnly } = await readRow(client, row, {
    text: `SELECT current_setting('transaction_read_only')::boolean AS "isReadOnly"`,
  });
  if (isReadOnly) throw new NotPrimary('Expected a server of Postgres that takes writes, got a standby');
}

const CONNECT = 3 * SECOND;

/** The URL of whichever of a ledger's servers takes writes now, for those who open one connection of their own. */
export async function urlOfPrimary(url: string): Promise<string> {
  const primary = new Primary(url);
  for (let tries = 1; primary.count > 1; tries++) {
    const at = primary.url;
    const client = new pg.Client({ connectionString: at, connectionTimeoutMillis: CONNECT });
    client.on('error', () => {}); // the query reports it
    try {
      await client.connect();
      await requirePrimary(client);
      break;
    } catch (error) {
      if (tries >= primary.count) throw error;
      primary.goOnFrom(at);
    } finally {
      await client.end().catch(() => {});
    }
  }
  return primary.url;
}
