import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { ROOT } from '#dev/paths.ts';
import type { Tools } from '#lab/harness/run-bench.ts';
import { scriptCommand } from '#lab/stage/start-script.ts';

/** The first line of a player: it is ready, and these are its servers. */
const ready = z.object({ databaseUrl: z.string(), timelineRedisUrl: z.string() });

/** The lines of a player: first that it is ready, then the seconds of each fan-out. */
const said = z.union([ready, z.object({ seconds: z.number() })]);
export type Said = z.infer<typeof said>;

/** What a player is told first. */
export const told = z.object({ dataDir: z.string(), followers: z.int(), tweets: z.int() });
export type Told = z.infer<typeof told>;

/** A commit that plays its fan-outs, on servers of its own. Each fan-out returns its seconds. */
export type Player = z.infer<typeof ready> & { fanOut: () => Promise<number> };

/** Starts servers and workers of the commit whose files are in `cwd`. Resolves when it can play. `onEnd` stops them. */
export async function startPlayer(
  cwd: string,
  options: Told,
  { onEnd }: Pick<Tools, 'onEnd'>,
): Promise<Player> {
  const play = join(ROOT, 'lab/bench/against/play.ts');
  const { command, args } = scriptCommand(play, JSON.stringify(options));
  const child = spawn(command, args, { cwd, stdio: ['pipe', 'pipe', 'inherit'] });
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
  const fanOut = async () => {
    child.stdin.write('\n');
    const line = await next();
    if ('seconds' in line) return line.seconds;
    throw new Error(`Expected the seconds of a fan-out, got ${JSON.stringify(line)}`);
  };
  return { ...servers, fanOut };
}
