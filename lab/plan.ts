import { loadavg } from 'node:os';
import { explain } from '#dev/start-error.ts';
import { listenForStop } from '#dev/stop-signal.ts';
import { openTempFolder } from '#dev/temp-folder.ts';
import { openStage } from '#lab/stage/stage.ts';
import { Cleanup } from './harness/cleanup.ts';
import { layOut } from './harness/table.ts';
import { knownFigures } from './plan/known.ts';
import { loadOf } from './plan/load.ts';
import { type Measured, measureWork, SIZES } from './plan/measure.ts';
import { narrowOf } from './plan/narrow.ts';
import { type Given, needsOf } from './plan/needs.ts';
import { helpText, type Options, readOptions } from './plan/options.ts';
import { dayTable, simulate } from './plan/simulate.ts';
import { billTable, growthTable, loadTable, narrowTable, needsTable, sourcesTable } from './plan/tables.ts';

/**
 * `npm run plan -- --dau 300e6 --tweets-per-day 500e6 --followers 200`: what such a load takes, computed from figures that
 * were measured; docs/capacity.md explains it. `--measure` measures some of them here first, `--simulate` plays a day.
 */
export async function run(_verb: string, args: string[]): Promise<number> {
  try {
    if (args.includes('--help')) {
      console.log(helpText());
      return 0;
    }
    const options = readOptions(args);
    const measured = options.measure ? await measureHere() : undefined;
    print({ options, load: loadOf(options), known: knownFigures(measured) }, options);
    return 0;
  } catch (error) {
    console.error(explain(error));
    return 1;
  }
}

function print(given: Given, { simulate: isPlayed, json }: Options): void {
  const needs = needsOf(given);
  const played = isPlayed ? simulate(given, needs) : undefined;
  const tables = [
    ...[sourcesTable(given.known), loadTable(given), needsTable(given, needs), billTable(given, needs)],
    ...[narrowTable(given, needs), growthTable(given)],
    ...(played ? [dayTable(played, given)] : []),
  ];
  for (const table of tables) console.log(`\n${layOut(table)}`);
  if (json)
    console.log(JSON.stringify({ plan: { ...given, needs, narrow: narrowOf(given, needs), day: played } }));
}

/** Starts servers and two workers of its own, and stops them. */
async function measureHere(): Promise<Measured> {
  const cleanup = new Cleanup();
  const folder = openTempFolder('plan');
  cleanup.add(() => folder.remove());
  const log = (line: string) => console.error(`plan | ${line}`);
  const stopped = listenForStop().first.then(() => {
    throw new Error('Interrupted');
  });
  try {
    const run = { words: {}, env: process.env, dataDir: folder.dir, loadBefore: loadavg()[0] ?? 0 };
    const stage = openStage({ ...run, log, onEnd: cleanup.add });
    return await Promise.race([stage.then((opened) => measureWork(opened, SIZES)), stopped]);
  } finally {
    await cleanup.run();
  }
}
