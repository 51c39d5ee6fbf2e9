import { seconds } from './log.ts';
import type { Running } from './program.ts';
import { listenForStop } from './stop-signal.ts';
import { build, lint, lockFile, type Suite, type Tally, types, unit, walkthroughs } from './suites.ts';

/**
 * `npm test` runs everything, `npm run check` everything but the walkthroughs, `npm run e2e` only the walkthroughs.
 * When a suite fails, the next one still runs. The output ends with what failed, how, and the sum.
 */
export async function run(verb: string, args: string[]): Promise<number> {
  const running = new Set<Running>();
  const stopping = new AbortController();
  const ground = { started: (process: Running) => running.add(process), signal: stopping.signal };
  const stop = listenForStop().first.then(() => 'stop' as const);
  const results: Result[] = [];
  for (const rows of stepsOf(verb, args)) {
    const result = await Promise.race([Promise.all(rows.map((row) => runRow(row, ground))), stop]);
    if (result === 'stop') {
      stopping.abort();
      await Promise.all([...running].map((process) => process.stop(10_000)));
      return 130;
    }
    results.push(...result.flat());
  }
  const total = sumOf(results);
  if (total.failures.length > 0)
    console.log(`\nfailed:\n${total.failures.map((name) => `  ${name}\n`).join('')}`);
  console.log(`\n${results.map(summarize).join('\n')}\n\n${total.passed} passed, ${total.failed} failed`);
  return total.failed > 0 || total.passed === 0 ? 1 : 0;
}

/**
 * Steps come one after another. The rows of a step run at the same time, because the tests wait more than they compute, and
 * the suites of a row one after another.
 */
function stepsOf(verb: string, args: string[]): Suite[][][] {
  if (verb === 'e2e') return [[[walkthroughs(args, { areFilmed: true })]]];
  const checks = [lint, types, lockFile];
  if (verb === 'check') return [[checks, [unit]]];
  return [[[...checks, build], [unit]], [[walkthroughs(args, { areFilmed: false })]]];
}

type Result = { name: string; tally: Tally; ms: number };
type Ground = { started: (running: Running) => void; signal: AbortSignal };

async function runRow(row: Suite[], { started, signal }: Ground): Promise<Result[]> {
  const results: Result[] = [];
  for (const suite of row) {
    if (signal.aborted) break; // the one before was stopped
    console.log(`\n${suite.name} …`);
    const start = performance.now();
    const tally = await suite.run(started);
    results.push({ name: suite.name, tally, ms: performance.now() - start });
  }
  return results;
}

function sumOf(results: Result[]): Tally {
  const total: Tally = { passed: 0, failed: 0, skipped: 0, failures: [] };
  for (const { tally } of results) {
    total.passed += tally.passed;
    total.failed += tally.failed;
    total.skipped += tally.skipped;
    total.failures.push(...tally.failures);
  }
  return total;
}

function summarize({ name, tally, ms }: Result): string {
  const skipped = tally.skipped > 0 ? `, ${tally.skipped} skipped` : '';
  return `${name.padEnd(22)}${tally.passed} passed, ${tally.failed} failed${skipped}  (${seconds(ms)})`;
}
