import { SECOND } from '#core/durations.ts';
import { nodeArgs, ROOT } from '#dev/paths.ts';
import { until } from '#dev/ports.ts';
import { type Program, type Running, startProgram } from '#dev/program.ts';
import type { Tools } from '#lab/harness/run-bench.ts';

type Own = Omit<Program, 'output' | 'command' | 'args' | 'cwd'> & Partial<Pick<Program, 'output'>>;

/** The command that runs a script of this repository, in the form in which this process runs itself. */
export const scriptCommand = (script: string, ...args: string[]) => ({
  command: process.execPath,
  args: [...nodeArgs(script), ...args],
  cwd: ROOT,
});

/** Starts a script of this repository, given as `[script, ...args]`. `onEnd` stops it. */
export function startScript([script, ...args]: [string, ...string[]], own: Own, tools: Tools): Running {
  const running = startProgram({ output: tools.log, ...own, ...scriptCommand(script, ...args) });
  tools.onEnd(() => running.stop(STOP));
  return running;
}

const STOP = 5 * SECOND;
const READY = 30 * SECOND;

/** Starts a program. Resolves when it has printed a line that ends with `ready`. `onEnd` stops it. */
export async function startUntilReady(
  program: Omit<Program, 'output'>,
  { log, onEnd }: Tools,
): Promise<Running> {
  let isReady = false;
  const running = startProgram({
    ...program,
    output: (line) => {
      if (line.endsWith('ready')) isReady = true;
      else log(line);
    },
  });
  onEnd(() => running.stop(1_000));
  await until(async () => {
    if (!isReady) throw new Error(`Expected ${program.name} to say that it is ready`);
  }, READY);
  return running;
}
