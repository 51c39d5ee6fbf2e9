import { seconds } from './log.ts';
import type { Running } from './program.ts';
import { listenForStop } from './stop-signal.ts';
import { lint, lockFile, type Suite, type Tally, types, unit, walkthroughs } from './suites.ts';

/**
 * `npm test` runs everything, `npm run check` everything but the walkthroughs, `npm run e2e` only the walkthroughs.
 * When a suite fails, the next one still runs. The output ends with the names of what failed and the sum.
 */
export async function run(verb: string, args: string[]): Promise<number> {
  const running = new Set<Running>();
  const stop = listenForStop().first.then(() => 'stop' as const);
  const results: string[] = [];
  const total: Tally = { passed: 0, failed: 0, skipped: 0, failures: [] };
  for (const suite of suitesOf(verb, args)) {
    const result = await Promise.race([timed(suite, (process) => running.add(process)), stop]);
    if (result === 'stop') {
      await Promise.all([...running].map((process) => process.stop(10_000)));
      return 130;
    }
    add(total, result.tally);
    results.push(summarize(suite.name, result));
  }
  if (total.failures.length > 0)
    console.log(`\nfailed:\n${total.failures.map((name) => `  ${name}\n`).join('')}`);
  console.log(`\n${results.join('\n')}\n\n${total.passed} passed, ${total.failed} failed`);
  return total.failed > 0 || total.passed === 0 ? 1 : 0;
}

function suitesOf(verb: string, args: string[]): Suite[] {
  if (verb === 'e2e') return [walkthroughs(args, { areFilmed: true })];
  const checks = [lint, types, lockFile, unit];
  return verb === 'check' ? checks : [...checks, walkthroughs(args, { areFilmed: false })];
}

type Timed = { tally: Tally; ms: number };

async function timed(suite: Suite, started: (running: Running) => void): Promise<Timed> {
  console.log(`\n${suite.name} …`);
  const start = performance.now();
  const tally = await suite.run(started);
  return { tally, ms: performance.now() - start };
}

function add(total: Tally, { passed, failed, skipped, failures }: Tally) {
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped;
  total.failures.push(...failures);
}

function summarize(name: string, { tally, ms }: Timed): string {
  const skipped = tally.skipped > 0 ? `, ${tally.skipped} skipped` : '';
  return `${name.padEnd(22)}${tally.passed} passed, ${tally.failed} failed${skipped}  (${seconds(ms)})`;
}
