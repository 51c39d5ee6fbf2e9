import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '#dev/paths.ts';
import { freePort, until } from '#dev/ports.ts';
import { startProgram } from '#dev/program.ts';
import { StartError } from '#dev/start-error.ts';
import { type Run, runBench } from '#lab/harness/run-bench.ts';
import { median } from '#lab/harness/statistics.ts';
import { range, type Table, time } from '#lab/harness/table.ts';
import { REST, readCpu } from '#lab/stage/process-use.ts';
import { openServers, type ServerStage } from '#lab/stage/stage.ts';

/*
 * How long a web process and a worker take from their start until they are ready, on servers that run already, as in a
 * deployment: a web process when /readyz answers 200, a worker when it says that it takes deliveries. One after the other.
 * CPU seconds are those of the process until then. They say what a start takes on a machine that does other work as well.
 */

type Sizes = 'runs';
type Start = { seconds: number; cpu: number };

async function measure(run: Run<Sizes>) {
  if (!existsSync(join(ROOT, '.next/BUILD_ID')))
    throw new StartError('The pages are not built.', 'Build them first: `npm start`, or `npx next build`.');
  const stage = await openServers(run);
  const starts: Record<'web' | 'worker', Start[]> = { web: [], worker: [] };
  for (let n = 0; n <= run.sizes.runs; n++) {
    starts.web.push(await startWeb(stage, run));
    starts.worker.push(await startWorker(stage, run));
  }
  // The first start finds nothing of what tsx compiles kept, nor the files in the machine's memory.
  const later = { web: starts.web.slice(1), worker: starts.worker.slice(1) };
  const seconds = (of: Start[]) => ({ unit: 's' as const, values: of.map((start) => start.seconds) });
  const middle = (of: Start[], what: keyof Start) => median(of.map((start) => start[what]));
  return {
    machine: stage.machine,
    runs: { web: seconds(later.web), worker: seconds(later.worker) },
    figures: {
      ...{ web_s: middle(later.web, 'seconds'), worker_s: middle(later.worker, 'seconds') },
      ...{ web_cpu_s: middle(later.web, 'cpu'), worker_cpu_s: middle(later.worker, 'cpu') },
      ...{ web_first_s: starts.web[0]?.seconds ?? 0, worker_first_s: starts.worker[0]?.seconds ?? 0 },
    },
    tables: [table(later)],
  };
}

function table(starts: Record<string, Start[]>): Table {
  const rows = Object.entries(starts).map(([name, of]) => {
    const values = of.map(({ seconds }) => seconds);
    return [
      name,
      time(median(values), 's'),
      range({ unit: 's', values }),
      time(median(of.map(({ cpu }) => cpu)), 's'),
    ];
  });
  return { title: 'From start to ready', head: ['', 'median', 'min .. max', 'CPU'], rows };
}

async function startWeb(stage: ServerStage, run: Run<Sizes>): Promise<Start> {
  const port = await freePort();
  const args = ['--max-semi-space-size=32', '--import', 'tsx', 'api/main.ts', 'start', '--port', `${port}`];
  return untilReady({ name: 'web', args, stage, run }, async () => {
    const { status } = await fetch(`http://127.0.0.1:${port}/readyz`);
    if (status !== 200) throw new Error(`Expected 200 of /readyz, got ${status}`);
  });
}

async function startWorker(stage: ServerStage, run: Run<Sizes>): Promise<Start> {
  const args = ['--import', 'tsx', 'worker/main.ts'];
  return untilReady({ name: 'worker', args, stage, run }, async (said) => {
    if (!/takes deliveries/.test(said())) throw new Error('Expected the worker to take deliveries');
  });
}

type Program = { name: string; args: string[]; stage: ServerStage; run: Run<Sizes> };

const PATIENCE = 60_000; // ms

async function untilReady(
  { name, args, stage: { env }, run }: Program,
  isReady: (said: () => string) => Promise<void>,
): Promise<Start> {
  const lines: string[] = [];
  const began = performance.now();
  const output = (line: string) => void lines.push(line);
  const running = startProgram({ name, command: process.execPath, args, cwd: ROOT, env, output });
  run.onEnd(() => running.stop(5_000));
  await until(() => isReady(() => lines.join('\n')), PATIENCE);
  const seconds = (performance.now() - began) / 1_000;
  const cpu = [...readCpu([{ name, pid: running.pid }])].find(([each]) => each !== REST)?.[1] ?? 0;
  await running.stop(5_000);
  run.log(`${name}: ${time(seconds, 's')}, of these ${time(cpu, 's')} of CPU`);
  return { seconds, cpu };
}

await runBench<Sizes>({
  name: 'start',
  sizes: { runs: 5 },
  goals: { web_s: { atMost: 2 }, worker_s: { atMost: 2 } },
  measure,
});
