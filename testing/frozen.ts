import pg from 'pg';
import { z } from 'zod';
import { readRows } from '#core/rows.ts';

/**
 * Freezes these processes. Connections stay open and nothing answers, as on a machine that hangs. The result thaws
 * them.
 */
export function freeze(pids: number[]): () => void {
  signalAll(pids, 'SIGSTOP');
  return () => signalAll(pids, 'SIGCONT');
}

function signalAll(pids: number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // This backend of Postgres is gone: its connection has ended meanwhile.
    }
  }
}

const backend = z.object({ pid: z.number() });

/** The pids of a PostgreSQL server and of its backends, which are outside of its process group. */
export async function postgresPids({ url, pid: server }: { url: string; pid: number }): Promise<number[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const backends = await readRows(client, backend, {
      text: 'SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()',
    });
    return [server, ...backends.map(({ pid }) => pid)];
  } finally {
    await client.end();
  }
}
