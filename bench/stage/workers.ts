import type pg from 'pg';
import { countWorkers } from '#core/ledger/workers.ts';
import type { Log } from '#dev/log.ts';
import { ROOT } from '#dev/paths.ts';
import { until } from '#dev/ports.ts';
import { type Running, startProgram } from '#dev/program.ts';

type Start = { names: string[]; env: NodeJS.ProcessEnv; log: Log };

/** Starts worker processes as `npm start` does; resolves when all of them take work. */
export async function startWorkers(pool: pg.Pool, { names, env, log }: Start): Promise<Running[]> {
  const workers = names.map((name) =>
    startProgram({
      name: `worker ${name}`,
      command: process.execPath,
      args: ['--import', 'tsx', 'worker/main.ts'],
      cwd: ROOT,
      env: { ...env, WORKER_NAME: name },
      output: log,
    }),
  );
  await until(async () => {
    const count = await countWorkers(pool);
    if (count !== names.length) throw new Error(`Expected ${names.length} workers to report, got ${count}`);
  }, 30_000);
  return workers;
}
