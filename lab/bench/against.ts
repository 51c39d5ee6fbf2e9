import { StartError } from '#dev/start-error.ts';
import { Cleanup } from '#lab/harness/cleanup.ts';
import type { Goal } from '#lab/harness/goal.ts';
import { type Measured, type Run, runBench } from '#lab/harness/run-bench.ts';
import { compareFanOut } from './against/fan-out.ts';
import { compareOverHttp, type HttpComparison, VERSIONS } from './against/over-http.ts';

/*
 * Compares this code with an earlier commit (`--ref`), in turn and in one run. `--what` chooses one comparison: the
 * fan-out by the ledger's clock (against/fan-out.ts), or pages of home or posts over HTTP (against/over-http.ts).
 */

type Sizes = 'followers' | 'runs' | 'readers' | 'pairs' | 'seconds';

const COMPARISONS = ['fan-out', 'read', 'posts'] as const;
type Comparison = (typeof COMPARISONS)[number];

async function measure(run: Run<Sizes>): Promise<Measured> {
  const chosen = comparisonsIn(run.words.what ?? 'all');
  const ref = run.words.ref ?? '';
  const overHttp = chosen.filter((each): each is HttpComparison => each !== 'fan-out');
  const measured: Measured[] = [];
  if (chosen.includes('fan-out')) measured.push(await alone(run, (own) => compareFanOut(own, ref)));
  if (overHttp.length > 0) measured.push(await alone(run, (own) => measureOverHttp(own, overHttp, ref)));
  const [first] = measured;
  if (!first) throw new Error('Expected a comparison that was measured, got none');
  return {
    machine: first.machine,
    runs: Object.assign({}, ...measured.map(({ runs }) => runs)),
    figures: Object.assign({}, ...measured.map(({ figures }) => figures)),
    tables: measured.flatMap(({ tables }) => tables),
    goals: goalsOf(chosen, ref),
  };
}

function comparisonsIn(what: string): Comparison[] {
  const chosen = COMPARISONS.filter((each) => what === 'all' || what === each);
  if (chosen.length > 0) return chosen;
  throw new StartError(
    `--what: expected all, ${COMPARISONS.join(', ')}, got ${what}`,
    'Leave it out for all.',
  );
}

/** Stops what a comparison has started, so that the next one has the machine to itself. */
async function alone<T>(run: Run<Sizes>, compare: (own: Run<Sizes>) => Promise<T>): Promise<T> {
  const cleanup = new Cleanup();
  run.onEnd(cleanup.run);
  try {
    return await compare({ ...run, onEnd: cleanup.add });
  } finally {
    await cleanup.run();
  }
}

async function measureOverHttp(run: Run<Sizes>, what: HttpComparison[], ref: string): Promise<Measured> {
  const { machine, compared, table } = await compareOverHttp(run, what, ref);
  const figures: Measured['figures'] = {};
  const runs: Measured['runs'] = {};
  for (const [name, { rounds, ratio }] of Object.entries(compared)) {
    figures[`${name}_ratio`] = ratio.median;
    for (const version of VERSIONS)
      runs[`${name}_p50_${version}`] = { unit: 'ms', values: rounds[version].map(({ p50 }) => p50) };
  }
  return { machine, runs, figures, tables: [table] };
}

/**
 * Against the default commits the goal is what the API had to reach without Next. Against any other commit, this code
 * must not be slower beyond noise.
 */
function goalsOf(chosen: Comparison[], ref: string): Record<string, Goal> {
  const goals: Record<Comparison, [string, Goal]> = {
    'fan-out': ['ratio', { atMost: 1.05 }],
    read: ['read_ratio', { atLeast: ref === '' ? 10 : 0.95 }],
    posts: ['posts_ratio', { atLeast: ref === '' ? 5 : 0.95 }],
  };
  return Object.fromEntries(chosen.map((each) => goals[each]));
}

await runBench<Sizes>({
  name: 'against',
  sizes: { followers: 1_000_000, runs: 9, readers: 600, pairs: 7, seconds: 5 },
  words: { ref: '', what: 'all' },
  goals: {},
  measure,
});
