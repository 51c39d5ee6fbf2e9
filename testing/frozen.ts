import pg from 'pg';

/** Stops every process of these, as a machine that hangs would: connections stay open and nothing answers. Returns how to go on. */
export function freeze(pids: number[]): () => void {
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  return () => {
    for (const pid of pids) process.kill(pid, 'SIGCONT');
  };
}

/** The processes of a PostgreSQL server, whose backends are in no group with it. */
export async function postgresPids({ url, pid: server }: { url: string; pid: number }): Promise<number[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ pid: number }>(
      'SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()',
    );
    return [server, ...rows.map(({ pid }) => pid)];
  } finally {
    await client.end();
  }
}
