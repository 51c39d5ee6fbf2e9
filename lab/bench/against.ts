import { StartError } from '#dev/start-error.ts';
import type { Goal } from '../run/goal.ts';
import { type Measured, type Run, runBench } from '../run/run-bench.ts';
import { compareFanOut } from './against/fan-out.ts';
import { compareOverHttp, type HttpPart, VERSIONS } from './against/over-http.ts';

/*
 * This code against that of an earlier commit (`--ref`), in turn and in one run. `--what` chooses a part: the fan-out by
 * the ledger's clock (against/fan-out.ts), pages of home and posts over HTTP (against/over-http.ts).
 */

type Sizes = 'followers' | 'runs' | 'readers' | 'pairs' | 'seconds';

const PARTS = ['fan-out', 'read', 'posts'] as const;
type Part = (typeof PARTS)[number];

async function measure(run: Run<Sizes>): Promise<Measured> {
  const parts = partsIn(run.words.what ?? 'all');
  const ref = run.words.ref ?? '';
  const overHttp = parts.filter((part): part is HttpPart => part !== 'fan-out');
  const measured: Measured[] = [];
  if (parts.includes('fan-out')) measured.push(await alone(run, (own) => compareFanOut(own, ref)));
  if (overHttp.length > 0) measured.push(await alone(run, (own) => measureOverHttp(own, overHttp, ref)));
  const [first] = measured;
  if (!first) throw new Error('Expected a part that was measured, got none');
  return {
    machine: first.machine,
    runs: merged(measured.map(({ runs }) => runs)),
    figures: merged(measured.map(({ figures }) => figures)),
    tables: measured.flatMap(({ tables }) => tables),
    goals: goalsOf(parts, ref),
  };
}

const merged = <T>(records: Record<string, T>[]): Record<string, T> =>
  Object.fromEntries<T>(records.flatMap((record) => Object.entries(record)));

function partsIn(what: string): Part[] {
  const parts = PARTS.filter((part) => what === 'all' || what === part);
  if (parts.length > 0) return parts;
  throw new StartError(`--what: expected all, ${PARTS.join(', ')}, got ${what}`, 'Leave it out for all.');
}

/** Runs one part and stops what it has started, so that the next has the machine to itself. */
async function alone<T>(run: Run<Sizes>, part: (own: Run<Sizes>) => Promise<T>): Promise<T> {
  const undos: Parameters<Run['onEnd']>[0][] = [];
  const undoAll = async () => {
    for (let undo = undos.pop(); undo; undo = undos.pop()) await undo();
  };
  run.onEnd(undoAll);
  try {
    return await part({ ...run, onEnd: (undo) => undos.push(undo) });
  } finally {
    await undoAll();
  }
}

async function measureOverHttp(run: Run<Sizes>, parts: HttpPart[], ref: string): Promise<Measured> {
  const { machine, compared, table } = await compareOverHttp(run, parts, ref);
  const figures: Measured['figures'] = {};
  const runs: Measured['runs'] = {};
  for (const [part, { rounds, ratio }] of Object.entries(compared)) {
    figures[`${part}_ratio`] = ratio.median;
    for (const version of VERSIONS)
      runs[`${part}_p50_${version}`] = { unit: 'ms', values: rounds[version].map(({ p50 }) => p50) };
  }
  return { machine, runs, figures, tables: [table] };
}

/** Against the commit before it: what the new front door had to reach. Against any other: not slower beyond noise. */
function goalsOf(parts: Part[], ref: string): Record<string, Goal> {
  const goals: Record<Part, [string, Goal]> = {
    'fan-out': ['ratio', { atMost: 1.05 }],
    read: ['read_ratio', { atLeast: ref === '' ? 10 : 0.95 }],
    posts: ['posts_ratio', { atLeast: ref === '' ? 5 : 0.95 }],
  };
  return Object.fromEntries(parts.map((part) => goals[part]));
}

await runBench<Sizes>({
  name: 'against',
  sizes: { followers: 1_000_000, runs: 9, readers: 600, pairs: 7, seconds: 5 },
  words: { ref: '', what: 'all' },
  goals: {},
  measure,
});
