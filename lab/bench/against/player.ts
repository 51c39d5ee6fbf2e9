import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ROOT } from '#dev/paths.ts';
import type { Run } from '#lab/run/run-bench.ts';
import type { Method } from '../methods/method.ts';
import { ready, type Said, said, type Told } from './protocol.ts';

/** A commit that plays its fan-outs, on servers of its own. */
export type Player = Method & { databaseUrl: string; timelineRedisUrl: string };

/** Starts servers and workers of the commit whose files are in `cwd`; resolves when it can play. `onEnd` stops them. */
export async function startPlayer(
  cwd: string,
  options: Told,
  { onEnd }: Pick<Run, 'onEnd'>,
): Promise<Player> {
  const args = ['--import', 'tsx', join(ROOT, 'lab/bench/against/play.ts'), JSON.stringify(options)];
  const child = spawn(process.execPath, args, { cwd, stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  onEnd(async () => {
    child.stdin.end();
    await exited;
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<Said> => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`The player in ${cwd} ended: what it said is above`);
    return said.parse(JSON.parse(value));
  };
  const servers = ready.parse(await next());
  const run = async () => {
    child.stdin.write('\n');
    const line = await next();
    if ('seconds' in line) return line.seconds;
    throw new Error(`Expected the seconds of a fan-out, got ${JSON.stringify(line)}`);
  };
  return { ...servers, run };
}
