import { mkdirSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import type { Log } from '#dev/log.ts';
import { ROOT } from '#dev/paths.ts';
import { explain } from '#dev/start-error.ts';
import { listenForStop } from '#dev/stop-signal.ts';
import { openTempFolder } from '#dev/temp-folder.ts';
import { Cleanup } from './cleanup.ts';
import { type Goal, judge, missed } from './goal.ts';
import { inWords, type Machine } from './machine.ts';
import { mapValues } from './map-values.ts';
import { type Options, readOptions } from './options.ts';
import { round, type Series, spread } from './statistics.ts';
import { layOut, type Table } from './table.ts';

/** One bench: its options, its goals, and how it measures. */
export type Bench<O extends string> = {
  name: string;
  /** Whole numbers that the command line may change (`--followers N`), with their defaults. */
  sizes: Record<O, number>;
  /** Words that the command line may change (`--ref HEAD`), with their defaults. */
  words?: Record<string, string>;
  goals: Record<string, Goal>;
  measure(run: Run<O>): Promise<Measured>;
};

/** What a bench is given. */
export type Run<O extends string = never> = Tools & {
  sizes: Record<O, number>;
  words: Record<string, string>;
  /** The environment of the processes that it starts. */
  env: NodeJS.ProcessEnv;
  /** A folder for the servers' data. It is removed at the end. */
  dataDir: string;
  /** Processes that wanted a core in the minute before the bench. */
  loadBefore: number;
};

/** Functions that start processes or open connections take these. */
export type Tools = {
  log: Log;
  /** Calls `undo` at the end, the last one first, also when measuring fails or is stopped. */
  onEnd: Cleanup['add'];
};

/** What a bench found out. */
export type Measured = {
  machine: Machine;
  runs: Record<string, Series>;
  figures: Record<string, number>;
  tables: Table[];
  /** The goals of this run, where they depend on its options. */
  goals?: Record<string, Goal>;
  /** An SVG, drawn into docs/figures with `--record`. */
  drawing?: string;
};

/** Runs one bench from command line to exit code. A missed goal is exit code 1 only with `--check`. */
export async function runBench<O extends string>(bench: Bench<O>): Promise<never> {
  const stopped = listenForStop().first;
  const cleanup = new Cleanup();
  try {
    const options = readOptions(process.argv.slice(2), bench.sizes, bench.words);
    const measured = await Promise.race([bench.measure(openRun(bench, options, cleanup)), stopped]);
    await end(cleanup);
    if (!measured) process.exit(130);
    const goals = measured.goals ?? bench.goals;
    report({ ...bench, goals }, options, measured);
    if (options.record) record(bench.name, options.sizes, measured);
    process.exit(options.check && missed(measured.figures, goals).length > 0 ? 1 : 0);
  } catch (error) {
    console.error(explain(error));
    await end(cleanup);
    process.exit(1);
  }
}

function openRun<O extends string>(
  { name }: Bench<O>,
  { sizes, words }: Options<O>,
  cleanup: Cleanup,
): Run<O> {
  const folder = openTempFolder(`bench-${name}`);
  cleanup.add(() => folder.remove());
  return {
    sizes,
    words,
    dataDir: folder.dir,
    env: process.env,
    loadBefore: round(loadavg()[0] ?? 0),
    // The log goes to stderr: the last line of stdout is for `--json`.
    log: (line) => console.error(`${name} | ${line}`),
    onEnd: cleanup.add,
  };
}

async function end(cleanup: Cleanup): Promise<void> {
  // From here on, work that is cut off fails, and nobody waits for it any more.
  process.on('unhandledRejection', () => {});
  await cleanup.run();
}

function report<O extends string>({ name, goals }: Bench<O>, { json }: Options<O>, measured: Measured): void {
  const { machine, runs, tables } = measured;
  const figures = mapValues(measured.figures, round);
  const verdicts = { title: 'Figures', head: ['figure', 'value', 'goal', ''], rows: judge(figures, goals) };
  console.log(`\n${name} · ${inWords(machine)}`);
  for (const table of [...tables, verdicts]) console.log(`\n${layOut(table)}`);
  if (json) console.log(JSON.stringify({ bench: name, machine, runs: mapValues(runs, spread), figures }));
}

/** Writes the figures to docs/figures/NAME.json, with the machine and the date, and the drawing beside them. */
function record(name: string, sizes: Record<string, number>, measured: Measured): void {
  const { machine, runs, figures, drawing } = measured;
  const recorded = {
    bench: name,
    recordedAt: new Date().toISOString(),
    machine,
    sizes,
    runs: mapValues(runs, spread),
    figures: mapValues(figures, round),
  };
  writeFigure(`${name}.json`, `${JSON.stringify(recorded, null, 2)}\n`);
  if (drawing) writeFigure(`${name}.svg`, drawing);
}

function writeFigure(file: string, text: string): void {
  const folder = join(ROOT, 'docs', 'figures');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, file), text);
}
