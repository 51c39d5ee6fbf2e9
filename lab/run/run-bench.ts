import { loadavg } from 'node:os';
import type { Log } from '#dev/log.ts';
import { explain } from '#dev/start-error.ts';
import { listenForStop } from '#dev/stop-signal.ts';
import { openTempFolder } from '#dev/temp-folder.ts';
import { type Goal, judge, missed } from './goal.ts';
import { inWords, type Machine } from './machine.ts';
import { mapValues } from './map-values.ts';
import { type Options, readOptions } from './options.ts';
import { record } from './record.ts';
import { round, type Series, spread } from './statistics.ts';
import { layOut, type Table } from './table.ts';

/** One bench: what it may be told, what it must reach, how it measures. */
export type Bench<O extends string> = {
  name: string;
  /** Whole numbers that the command line may change (`--followers N`), with their defaults. */
  sizes: Record<O, number>;
  /** Words that it may change (`--ref HEAD`), with their defaults. */
  words?: Record<string, string>;
  goals: Record<string, Goal>;
  measure(run: Run<O>): Promise<Measured>;
};

/** What a bench is given. */
export type Run<O extends string = never> = {
  sizes: Record<O, number>;
  words: Record<string, string>;
  /** For the servers' data; removed at the end. */
  dataDir: string;
  /** For the processes that it starts. */
  env: NodeJS.ProcessEnv;
  /** Processes that wanted a core in the minute before the bench. */
  loadBefore: number;
  log: Log;
  /** Calls `undo` at the end, also when measuring fails or is stopped; the last one first. */
  onEnd(undo: Undo): void;
};

/** What a bench found out. */
export type Measured = {
  machine: Machine;
  runs: Record<string, Series>;
  figures: Record<string, number>;
  tables: Table[];
  /** What this run must reach, where that depends on what it was told. */
  goals?: Record<string, Goal>;
  /** An SVG. */
  drawing?: string;
};

type Undo = () => Promise<void> | void;

/** Runs one bench from command line to exit code: 0 also when a goal is missed, unless told `--check`. */
export async function runBench<O extends string>(bench: Bench<O>): Promise<never> {
  const stopped = listenForStop().first;
  const undos: Undo[] = [];
  try {
    const options = readOptions(process.argv.slice(2), bench.sizes, bench.words);
    const measured = await Promise.race([bench.measure(openRun(bench, options, undos)), stopped]);
    await undoAll(undos);
    if (!measured) process.exit(130);
    const goals = measured.goals ?? bench.goals;
    report({ ...bench, goals }, options, measured);
    if (options.record) record(bench.name, options.sizes, measured);
    process.exit(options.check && missed(measured.figures, goals).length > 0 ? 1 : 0);
  } catch (error) {
    console.error(explain(error));
    await undoAll(undos);
    process.exit(1);
  }
}

function openRun<O extends string>({ name }: Bench<O>, { sizes, words }: Options<O>, undos: Undo[]): Run<O> {
  const folder = openTempFolder(`bench-${name}`);
  undos.push(() => folder.remove());
  return {
    sizes,
    words,
    dataDir: folder.dir,
    env: process.env,
    loadBefore: round(loadavg()[0] ?? 0),
    // Not where the tables go: the last line of those is for `--json`.
    log: (line) => console.error(`${name} | ${line}`),
    onEnd: (undo) => undos.push(undo),
  };
}

async function undoAll(undos: Undo[]): Promise<void> {
  // What was cut off in the middle fails from here on, and nobody waits for it any more.
  process.on('unhandledRejection', () => {});
  for (let undo = undos.pop(); undo; undo = undos.pop()) await undo();
}

function report<O extends string>({ name, goals }: Bench<O>, { json }: Options<O>, measured: Measured): void {
  const { machine, runs, tables } = measured;
  const figures = mapValues(measured.figures, round);
  const verdicts = { title: 'Figures', head: ['figure', 'value', 'goal', ''], rows: judge(figures, goals) };
  console.log(`\n${name} · ${inWords(machine)}`);
  for (const table of [...tables, verdicts]) console.log(`\n${layOut(table)}`);
  if (json) console.log(JSON.stringify({ bench: name, machine, runs: mapValues(runs, spread), figures }));
}
