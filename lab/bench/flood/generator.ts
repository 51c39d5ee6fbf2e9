import { once, setMaxListeners } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { HeldTo } from '#lab/hostile/held-to.ts';
import { atRate } from '#lab/load/at-rate.ts';
import { type Way, waysToHarm } from './harms.ts';
import { type Deeds, type Harm, type HostilePost, order } from './order.ts';

/*
 * The program that does harm: `generator.ts ORDER REPORT`. It does harm of every kind at fixed rates until SIGTERM, and
 * writes what it did into the file REPORT. It leaves out, and counts, what would take more than its share of the
 * machine.
 */

async function main(orderFile: string, reportFile: string): Promise<void> {
  const told = order.parse(JSON.parse(readFileSync(orderFile, 'utf8')));
  const over = new AbortController();
  setMaxListeners(0, over.signal); // everything that is held open waits for it
  const held = new HeldTo(told.share);
  const posts: HostilePost[] = [];
  const ways = Object.entries(waysToHarm(told, over.signal, (post) => posts.push(post)));
  const asked = ways.filter(([name]) => told.kinds.includes(name));
  const doing = asked.map(([name, way]) => doHarm({ name, ...way }, held, over.signal));
  await once(process, 'SIGTERM');
  const { used } = held;
  over.abort();
  const harms = await Promise.all(doing);
  writeFileSync(reportFile, JSON.stringify({ harms, posts, share: used } satisfies Deeds), { mode: 0o600 });
}

/** Acts at its rate until the signal, and resolves when every act is over. */
async function doHarm(
  { name, perSecond, act }: Way & { name: string },
  held: HeldTo,
  signal: AbortSignal,
): Promise<Harm> {
  const harm: Harm = { name, perSecond, done: 0, leftOut: 0, answers: {} };
  const acting = new Set<Promise<void>>();
  const start = (number: number) => {
    harm.done++;
    const acted: Promise<void> = act(number).then((answer) => {
      harm.answers[answer] = (harm.answers[answer] ?? 0) + 1;
      acting.delete(acted);
    });
    acting.add(acted);
  };
  await atRate(perSecond, (_, number) => (held.mayAct() ? start(number) : void harm.leftOut++), signal);
  await Promise.all(acting);
  return harm;
}

await main(process.argv[2] ?? '', process.argv[3] ?? '');
process.exit();
