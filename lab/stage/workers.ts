import { countWorkers } from '#core/ledger/workers.ts';
import { ROOT } from '#dev/paths.ts';
import { until } from '#dev/ports.ts';
import { type Running, startProgram } from '#dev/program.ts';
import type { Run } from '../run/run-bench.ts';
import type { Connections } from './connect.ts';

/** Starts worker processes as `npm start` does; resolves when all of them take work. `run.onEnd` stops them. */
export async function startWorkers(
  names: string[],
  { env, pool }: Connections,
  { log, onEnd }: Pick<Run, 'log' | 'onEnd'>,
): Promise<Running[]> {
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
  onEnd(async () => {
    await Promise.all(workers.map((worker) => worker.stop(5_000)));
  });
  await until(async () => {
    const count = await countWorkers(pool);
    if (count !== names.length) throw new Error(`Expected ${names.length} workers to report, got ${count}`);
  }, 30_000);
  return workers;
}
