import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { StartError } from '#dev/start-error.ts';
import { Findings } from '#lab/harness/findings.ts';
import { type Run, runBench } from '#lab/harness/run-bench.ts';
import { percentile } from '#lab/harness/statistics.ts';
import { openApp, type RunningApp, signer } from '#lab/stage/application.ts';
import { COLLECTS, type Held, measureHeld, untilNothingLeft } from '#lab/stage/web-at-rest.ts';
import { startAttack } from './flood/attack.ts';
import { begin, checkFlood } from './flood/check.ts';
import { type Crowd, gather } from './flood/crowd.ts';
import { KINDS } from './flood/harms.ts';
import type { Order } from './flood/order.ts';
import { OrdinaryLoad, type Seen } from './flood/ordinary.ts';
import { checkedTable, harmTable, ordinaryTable } from './flood/tables.ts';

/*
 * What a flood of everything that clients can do wrong costs those who do no harm. Ordinary posts and reads come at a
 * steady pace, first alone, then beside a generator. The generator does harm of every kind at fixed rates, from an
 * address and accounts of its own. It may take a quarter of the machine, and only what nobody else wants. The
 * application has its default bounds. In the end the bench compares everything that was answered with what there is,
 * and the memory of the web process with what it was.
 */

type Sizes = 'minutes' | 'idle' | 'posts' | 'reads' | 'followers';

const SHARE = 0.25; // of the machine, for the generator
/** This time is not measured: caches fill, code is compiled, and V8 takes the room that it will need. */
const WARM_UP = 20_000; // ms
const SETTLE = 10_000; // ms at the end, for work that goes on after the answers
const MINUTE = 60_000; // ms

const ALL = 'all'; // kinds of harm

/** The kinds that `--kinds` names, with commas between them. */
function kindsIn(text = ALL): string[] {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !KINDS.some((kind) => kind === name));
  if (text === ALL) return [...KINDS];
  if (unknown.length === 0) return names;
  throw new StartError(
    `--kinds: expected some of ${KINDS.join(', ')}`,
    `It does not know ${unknown.join(', ')}.`,
  );
}

async function measure(run: Run<Sizes>) {
  const kinds = kindsIn(run.words.kinds);
  const secret = randomBytes(32).toString('base64url');
  const settings = { NODE_OPTIONS: COLLECTS, SESSION_SECRET: secret };
  const app = await openApp(run, run.sizes.followers, settings);
  const crowd = await gather({ app, cookieOf: signer(secret) });
  const began = await begin(app);
  const played = await play({ ...crowd.order, kinds, share: SHARE }, { run, app, crowd });
  run.log('checking …');
  const findings = new Findings();
  const checked = await checkFlood({ app, crowd, began }, played, findings);
  const { idle, flooded, deeds } = played;
  return {
    machine: app.machine,
    runs: runsOf(idle, flooded),
    figures: { ...figuresOf(played, findings), generator_share: deeds.share },
    tables: [ordinaryTable(played), harmTable(deeds), checkedTable(checked, findings)],
  };
}

type Given = { run: Run<Sizes>; app: RunningApp; crowd: Crowd };

/** Plays a short flood, then the ordinary load alone, then the same load beside the flood. */
async function play(order: Order, { run, app, crowd }: Given) {
  const { sizes, log } = run;
  const load = new OrdinaryLoad(crowd.ordinary);
  run.onEnd(async () => load.hangUp());
  log('a short flood, to warm up …');
  const warm = await playFlood({ run, load, order }, WARM_UP);
  await settled(app, load);
  log(`alone, for ${sizes.idle} s …`);
  const idle = await load.run(sizes, sizes.idle * 1_000);
  const before = await settled(app, load);
  log(`beside the flood, for ${sizes.minutes} min …`);
  const { seen: flooded, deeds } = await playFlood({ run, load, order }, sizes.minutes * MINUTE);
  const after = await settled(app, load);
  const drafts = [warm.seen, idle, flooded].flatMap((seen) => seen.drafts);
  return { idle, flooded, before, after, drafts, deeds, warmUp: warm.deeds };
}

type Flood = { run: Run<Sizes>; order: Order; load: OrdinaryLoad };

async function playFlood({ run, order, load }: Flood, ms: number) {
  const attack = startAttack(order, run);
  const seen = await load.run(run.sizes, ms);
  return { seen, deeds: await attack.end() };
}

/** Measures what the web process holds when nobody asks anything any more. */
async function settled(app: RunningApp, load: OrdinaryLoad): Promise<Held> {
  load.hangUp();
  await untilNothingLeft(app.url);
  await wait(SETTLE);
  return measureHeld({ url: app.url, pid: app.webPid() });
}

type Measured = { idle: Seen; flooded: Seen; before: Held; after: Held };

function figuresOf({ idle, flooded, before, after }: Measured, findings: Findings) {
  const p99Ratio = (what: 'posts' | 'reads') => percentile(flooded[what], 99) / percentile(idle[what], 99);
  const [lost, twice, holes] = (['lost', 'twice', 'hole'] as const).map((kind) => findings.of(kind).length);
  return {
    posts_p99_ratio: p99Ratio('posts'),
    reads_p99_ratio: p99Ratio('reads'),
    ordinary_refused: [...flooded.refused.values()].reduce((sum, count) => sum + count, 0),
    rss_ratio: after.rssMb / before.rssMb,
    in_use_ratio: after.inUseMb / before.inUseMb,
    ...{ lost: lost ?? 0, twice: twice ?? 0, holes: holes ?? 0 },
    other_findings: findings.total - (lost ?? 0) - (twice ?? 0) - (holes ?? 0),
  };
}

const runsOf = (idle: Seen, flooded: Seen) => ({
  posts_idle: { unit: 'ms' as const, values: idle.posts },
  posts_flooded: { unit: 'ms' as const, values: flooded.posts },
  reads_idle: { unit: 'ms' as const, values: idle.reads },
  reads_flooded: { unit: 'ms' as const, values: flooded.reads },
});

await runBench<Sizes>({
  name: 'flood',
  words: { kinds: ALL },
  sizes: { minutes: 10, idle: 120, posts: 5, reads: 20, followers: 100_000 },
  goals: {
    posts_p99_ratio: { atMost: 3 },
    reads_p99_ratio: { atMost: 3 },
    ordinary_refused: { atMost: 0 },
    rss_ratio: { atMost: 1.3 },
    in_use_ratio: { atMost: 1.2 },
    generator_share: { atMost: SHARE },
    ...{ lost: { atMost: 0 }, twice: { atMost: 0 }, holes: { atMost: 0 }, other_findings: { atMost: 0 } },
  },
  measure,
});
