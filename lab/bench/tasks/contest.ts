import type { Log } from '#dev/log.ts';
import { type Contestant, throughput } from './contestant.ts';
import { emptyResult, type Results } from './results.ts';

const PAUSE = 20; // ms between two samples of latency

export type ContestSizes = {
  /** Tasks in a full queue. Of tasks that take 10 ms there are a fifth as many. */
  tasks: number;
  runs: number;
  /** Tasks that come one by one on an idle system, over all runs. */
  samples: number;
  /** The same, for workers that have just been started. */
  fresh: number;
  /** Tasks between these two, one by one without a pause. */
  warmUp: number;
};

/** Lets the contestants take turns, so that whatever else the machine does hits all of them. */
export async function contest(
  contestants: Record<string, Contestant>,
  { tasks, runs, samples, fresh, warmUp }: ContestSizes,
  log: Log,
): Promise<Results> {
  const results: Results = {};
  for (let round = 1; round <= runs; round++) {
    for (const [name, contestant] of Object.entries(contestants)) {
      log(`${contestant.title}, round ${round} of ${runs} …`);
      const result = results[name] ?? emptyResult(contestant.title);
      results[name] = result;
      result.noop.push(await drain(contestant, 'noop', tasks));
      result.tenMs.push(await drain(contestant, 'ten_ms', Math.round(tasks / 5)));
      await contestant.start();
      result.fresh.push(...(await sample(contestant, fresh)));
      await contestant.done(await contestant.askSlowly('noop', warmUp, 0));
      result.latency.push(...(await sample(contestant, Math.round(samples / runs))));
      result.memoryMb = Math.max(result.memoryMb, contestant.memoryMb());
      await contestant.stop();
    }
  }
  return results;
}

async function drain(contestant: Contestant, kind: 'noop' | 'ten_ms', count: number): Promise<number> {
  const ids = await contestant.ask(kind, count);
  await contestant.start();
  const done = await contestant.done(ids);
  await contestant.stop();
  return throughput(done);
}

/** Milliseconds from asking for a task to its start, one task at a time. */
async function sample(contestant: Contestant, count: number): Promise<number[]> {
  const done = await contestant.done(await contestant.askSlowly('noop', count, PAUSE));
  return done.map(({ askedAt, startedAt }) => startedAt - askedAt);
}
