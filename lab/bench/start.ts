import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '#dev/paths.ts';
import { freePort, until } from '#dev/ports.ts';
import { startProgram } from '#dev/program.ts';
import { StartError } from '#dev/start-error.ts';
import { inTurn } from '#lab/harness/in-turn.ts';
import { mapValues } from '#lab/harness/map-values.ts';
import { type Run, runBench } from '#lab/harness/run-bench.ts';
import { median } from '#lab/harness/statistics.ts';
import { range, type Table, time } from '#lab/harness/table.ts';
import { REST, readCpu } from '#lab/stage/process-use.ts';
import { openServers, type ServerStage } from '#lab/stage/stage.ts';

/*
 * From the sources by tsx, as `npm start` does it, and from the JavaScript that the image holds.
 *
 * How long a web process and a worker take from their start until they are ready, on servers that run already, as in a
 * deployment: a web process when /readyz answers 200, a worker when it says that it takes deliveries. One after the other.
 * CPU seconds are those of the process until then. They say what a start takes on a machine that does other work as well.
 */

type Sizes = 'runs';
type Start = { seconds: number; cpu: number };
/** Where the programs are, and how Node runs them. */
type Form = { cwd: string; ending: 'ts' | 'js'; before: string[] };
type Name = 'web' | 'worker' | 'web_image' | 'worker_image';

async function measure(run: Run<Sizes>) {
  if (!existsSync(join(ROOT, '.next/BUILD_ID')))
    throw new StartError('The pages are not built.', 'Build them first: `npm start`, or `npx next build`.');
  const stage = await openServers(run);
  const sources: Form = { cwd: ROOT, ending: 'ts', before: ['--import', 'tsx'] };
  const image: Form = { cwd: compile(join(run.dataDir, 'image')), ending: 'js', before: [] };
  const ways = {
    ...{ web: () => startWeb(stage, run, sources), worker: () => startWorker(stage, run, sources) },
    ...{ web_image: () => startWeb(stage, run, image), worker_image: () => startWorker(stage, run, image) },
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
      ...{ web_image_s: middle('web_image', 'seconds'), worker_image_s: middle('worker_image', 'seconds') },
      ...{ web_cpu_s: middle('web', 'cpu'), worker_cpu_s: middle('worker', 'cpu') },
      ...{ web_image_cpu_s: middle('web_image', 'cpu'), worker_image_cpu_s: middle('worker_image', 'cpu') },
    },
    tables: [table(starts)],
  };
}

const FOLDERS = ['api', 'broker', 'core', 'prisma', 'worker'];

/** Makes the folder that the image holds: the sources as JavaScript, beside the packages and the pages of this clone. */
function compile(dir: string): string {
  mkdirSync(dir);
  for (const folder of FOLDERS) cpSync(join(ROOT, folder), join(dir, folder), { recursive: true });
  for (const each of ['package.json', 'tsconfig.json', 'next.config.ts', 'app', 'node_modules', '.next'])
    symlinkSync(join(ROOT, each), join(dir, each));
  execFileSync(process.execPath, [join(ROOT, 'ops/compile.mjs'), ...FOLDERS], { cwd: dir });
  return dir;
}

function table(starts: Record<Name, Start[]>): Table {
  const rows = Object.entries(starts).map(([name, of]) => {
    const series = { unit: 's' as const, values: of.map(({ seconds }) => seconds) };
    const cpu = median(of.map((start) => start.cpu));
    return [name.replace('_', ', '), time(median(series.values), 's'), range(series), time(cpu, 's')];
  });
  return { title: 'From start to ready', head: ['', 'median', 'min .. max', 'CPU'], rows };
}

async function startWeb(stage: ServerStage, run: Run<Sizes>, { cwd, before, ending }: Form): Promise<Start> {
  const port = await freePort();
  const args = ['--max-semi-space-size=32', ...before, `api/main.${ending}`, 'start', '--port', `${port}`];
  return untilReady({ name: 'web', args, cwd, stage, run }, async () => {
    const { status } = await fetch(`http://127.0.0.1:${port}/readyz`);
    if (status !== 200) throw new Error(`Expected 200 of /readyz, got ${status}`);
  });
}

async function startWorker(
  stage: ServerStage,
  run: Run<Sizes>,
  { cwd, before, ending }: Form,
): Promise<Start> {
  const args = [...before, `worker/main.${ending}`];
  return untilReady({ name: 'worker', args, cwd, stage, run }, async (said) => {
    if (!/takes deliveries/.test(said())) throw new Error('Expected the worker to take deliveries');
  });
}

type Program = { name: string; args: string[]; cwd: string; stage: ServerStage; run: Run<Sizes> };

const PATIENCE = 60_000; // ms

async function untilReady(
  { name, args, cwd, stage: { env }, run }: Program,
  isReady: (said: () => string) => Promise<void>,
): Promise<Start> {
  const lines: string[] = [];
  const began = performance.now();
  const output = (line: string) => void lines.push(line);
  const running = startProgram({ name, command: process.execPath, args, cwd, env, output });
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
  goals: { web_image_s: { atMost: 2 }, worker_image_s: { atMost: 2 } },
  measure,
});
