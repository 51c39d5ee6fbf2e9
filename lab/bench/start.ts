import { finishBuild, startBuild } from '#dev/build.ts';
import { nodeArgs, ROOT } from '#dev/paths.ts';
import { freePort, until } from '#dev/ports.ts';
import { startProgram } from '#dev/program.ts';
import { inTurn } from '#lab/harness/in-turn.ts';
import { mapValues } from '#lab/harness/map-values.ts';
import { type Run, runBench } from '#lab/harness/run-bench.ts';
import { median } from '#lab/harness/statistics.ts';
import { range, type Table, time } from '#lab/harness/table.ts';
import { REST, readCpu } from '#lab/stage/process-use.ts';
import { openServers, type ServerStage } from '#lab/stage/stage.ts';

/*
 * From the JavaScript that a build has compiled, as `npm start` and the image run it, and from the sources by tsx, as the
 * tests do.
 *
 * How long a web process and a worker take from their start until they are ready, on servers that run already, as in a
 * deployment: a web process when /readyz answers 200, a worker when it says that it takes deliveries. One after the other.
 * CPU seconds are those of the process until then. They say what a start takes on a machine that does other work as well.
 */

type Sizes = 'runs';
type Start = { seconds: number; cpu: number };
type Name = 'web' | 'worker' | 'web_tsx' | 'worker_tsx';

async function measure(run: Run<Sizes>) {
  await finishBuild(startBuild(run.env));
  const stage = await openServers(run);
  const ways = {
    ...{ web: () => startWeb(stage, run, true), worker: () => startWorker(stage, run, true) },
    ...{ web_tsx: () => startWeb(stage, run, false), worker_tsx: () => startWorker(stage, run, false) },
  };
  // The first start of each finds nothing of it in the machine's memory.
  for (const start of Object.values(ways)) await start();
  const starts = await inTurn(ways, run.sizes.runs, ({ name, result }) =>
    run.log(`${name}: ${time(result.seconds, 's')}, of these ${time(result.cpu, 's')} of CPU`),
  );
  const seconds = mapValues(starts, (of) => ({
    unit: 's' as const,
    values: of.map((start) => start.seconds),
  }));
  const middle = (name: Name, what: keyof Start) => median(starts[name].map((start) => start[what]));
  return {
    machine: stage.machine,
    runs: seconds,
    figures: {
      ...{ web_s: middle('web', 'seconds'), worker_s: middle('worker', 'seconds') },
      ...{ web_tsx_s: middle('web_tsx', 'seconds'), worker_tsx_s: middle('worker_tsx', 'seconds') },
      ...{ web_cpu_s: middle('web', 'cpu'), worker_cpu_s: middle('worker', 'cpu') },
      ...{ web_tsx_cpu_s: middle('web_tsx', 'cpu'), worker_tsx_cpu_s: middle('worker_tsx', 'cpu') },
    },
    tables: [table(starts)],
  };
}

function table(starts: Record<Name, Start[]>): Table {
  const rows = Object.entries(starts).map(([name, of]) => {
    const series = { unit: 's' as const, values: of.map(({ seconds }) => seconds) };
    const cpu = median(of.map((start) => start.cpu));
    return [name.replace('_', ', '), time(median(series.values), 's'), range(series), time(cpu, 's')];
  });
  return { title: 'From start to ready', head: ['', 'median', 'min .. max', 'CPU'], rows };
}

async function startWeb(stage: ServerStage, run: Run<Sizes>, compiled: boolean): Promise<Start> {
  const port = await freePort();
  const args = [
    '--max-semi-space-size=32',
    ...nodeArgs('api/main.ts', compiled),
    'start',
    '--port',
    `${port}`,
  ];
  return untilReady({ name: 'web', args, stage, run }, async () => {
    const { status } = await fetch(`http://127.0.0.1:${port}/readyz`);
    if (status !== 200) throw new Error(`Expected 200 of /readyz, got ${status}`);
  });
}

async function startWorker(stage: ServerStage, run: Run<Sizes>, compiled: boolean): Promise<Start> {
  const args = nodeArgs('worker/main.ts', compiled);
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
  return { seconds, cpu };
}

await runBench<Sizes>({
  name: 'start',
  sizes: { runs: 5 },
  goals: { web_s: { atMost: 2 }, worker_s: { atMost: 2 } },
  measure,
});
