import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startProgram } from '#dev/program.ts';
import type { Run } from '#lab/harness/run-bench.ts';
import { scriptCommand } from '#lab/stage/start-script.ts';
import { type Deeds, deeds, type Order } from './order.ts';

/** The generator while it runs. */
export type Attack = {
  pid: number;
  /** Ends it and resolves with what it did. */
  end(): Promise<Deeds>;
};

const NICE = ['-n', '19']; // the application goes first
const STOP = 30_000; // ms; it hangs up at once where nobody reads, and waits for the other answers

/** Starts the generator in a process of its own, at the lowest priority. */
export function startAttack(
  order: Order,
  { dataDir, log, onEnd }: Pick<Run, 'dataDir' | 'log' | 'onEnd'>,
): Attack {
  const [orderFile, reportFile] = [join(dataDir, 'order.json'), join(dataDir, 'deeds.json')];
  writeFileSync(orderFile, JSON.stringify(order), { mode: 0o600 }); // sessions are in it
  const { command, args, cwd } = scriptCommand('lab/bench/flood/generator.ts', orderFile, reportFile);
  const generator = startProgram({
    ...{ name: 'generator', cwd, output: log },
    ...{ command: 'nice', args: [...NICE, command, ...args] },
  });
  onEnd(() => generator.stop(1_000));
  const end = async () => {
    const { code } = await generator.stop(STOP);
    if (code !== 0) throw new Error(`Expected the generator to end well, it ended with ${code}`);
    return deeds.parse(JSON.parse(readFileSync(reportFile, 'utf8')));
  };
  return { pid: generator.pid, end };
}
