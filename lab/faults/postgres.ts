import { until } from '#dev/ports.ts';
import { CHECKER, type Stage } from '../chaos/stage/stage.ts';
import type { Heal } from './kinds.ts';

/** All its processes end at once: what was committed without waiting for the disk may be gone. */
export async function crashPostgres({ servers, crashes }: Stage): Promise<Heal> {
  const from = Date.now();
  await servers.postgres.end('SIGQUIT');
  crashes.push({ from, to: Date.now() });
  return () => servers.postgres.start();
}

/** Ends all sessions of web and workers, whatever they are doing. */
export async function cutConnections({ pool }: Stage): Promise<Heal> {
  await until(
    () =>
      pool.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE backend_type = 'client backend' AND application_name <> $1`,
        [CHECKER],
      ),
    10_000,
  );
  return async () => {};
}
