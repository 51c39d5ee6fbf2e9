import { z } from 'zod';
import { readRow } from '#core/rows.ts';
import { ROOT } from '#dev/paths.ts';
import { inTurn, type Ways } from '#lab/harness/in-turn.ts';
import { type Run, runBench } from '#lab/harness/run-bench.ts';
import { median } from '#lab/harness/statistics.ts';
import { installWrk } from '#lab/load/wrk.ts';
import { type Application, openApplication } from '#lab/stage/application.ts';
import { addAuthors, type Group, type GroupName } from './posts/authors.ts';
import { playRound, type Round } from './posts/round.ts';
import { writeRowsAlone } from './posts/rows-alone.ts';
import { cpuTable, type Rounds, roundTable } from './posts/tables.ts';

/*
 * Tweets a second, from the request over HTTP through the broker to the last row of the ledger. Every timeline is warm
 * and every commit is on disk. The authors have 2 to 1,000 followers, in turn. Other rounds have authors with none, and
 * with 12. A round ends when all of it is delivered, and the ledger and the audit check it. The limit is measured
 * beside it: the rows of a post, written by one statement.
 */

type Sizes = 'seconds' | 'rounds';

type Way = keyof Rounds;

async function measure(run: Run<Sizes>) {
  installWrk();
  const app = await openApplication(run, { cwd: ROOT, name: 'application' });
  await requireDurable(app);
  const groups = await addAuthors(app, run);
  await warmUp(app, groups.mix, run);
  const rounds = await inTurn(waysOf(app, groups, run), run.sizes.rounds, ({ name, round, result }) =>
    run.log(`round ${round + 1}: ${name} connections ${Math.round(result.perSecond)}/s`),
  );
  return {
    machine: app.machine,
    runs: runsOf(rounds),
    figures: figuresOf(rounds),
    tables: [roundTable(rounds, run.sizes), cpuTable(rounds)],
  };
}

const settingRow = z.object({ value: z.string() });

/**
 * Servers that may forget what they answered would be faster, and their figures would say nothing about this system.
 */
async function requireDurable({ pool }: Application): Promise<void> {
  for (const setting of ['fsync', 'synchronous_commit', 'full_page_writes']) {
    const asked = { text: 'SELECT current_setting($1) AS value', values: [setting] };
    const { value } = await readRow(pool, settingRow, asked);
    if (value !== 'on') throw new Error(`Expected ${setting} to be on, got ${value}`);
  }
}

/** Plays a round that does not count: the first posts meet cold caches and code that is not compiled yet. */
async function warmUp(app: Application, group: Group, { sizes, log }: Run<Sizes>): Promise<void> {
  log('a round to warm up …');
  await playRound(app, group, { connections: 16, seconds: sizes.seconds });
}

function waysOf(app: Application, groups: Record<GroupName, Group>, run: Run<Sizes>): Ways<Way, Round> {
  const { seconds } = run.sizes;
  const post = (group: GroupName, connections: number) => () =>
    playRound(app, groups[group], { connections, seconds });
  return {
    'mix 1': post('mix', 1),
    'mix 4': post('mix', 4),
    'mix 16': post('mix', 16),
    'mix 64': post('mix', 64),
    'none 16': post('none', 16),
    'twelve 16': post('twelve', 16),
    'rows 16': () => writeRowsAlone(app, groups.none, { connections: 16, seconds }),
  };
}

function figuresOf(rounds: Rounds) {
  const middle = (way: Way, figure: 'perSecond' | 'p50' | 'p99') =>
    median(rounds[way].map((round) => round[figure]));
  return {
    posts_per_second: middle('mix 16', 'perSecond'),
    p99_ms: middle('mix 16', 'p99'),
    p50_ms: middle('mix 1', 'p50'),
    vs_rows: middle('mix 16', 'perSecond') / middle('rows 16', 'perSecond'),
  };
}

const runsOf = (rounds: Rounds) => ({
  p50_at_1: { unit: 'ms' as const, values: rounds['mix 1'].map(({ p50 }) => p50) },
  p99_at_16: { unit: 'ms' as const, values: rounds['mix 16'].map(({ p99 }) => p99) },
});

await runBench<Sizes>({
  name: 'posts',
  sizes: { seconds: 5, rounds: 3 },
  goals: { p50_ms: { atMost: 3 } },
  measure,
});
