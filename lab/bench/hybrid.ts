import { inTurn } from '#lab/harness/in-turn.ts';
import { type Run, runBench } from '#lab/harness/run-bench.ts';
import { median, round, sumOf } from '#lab/harness/statistics.ts';
import { significant, type Table, whole } from '#lab/harness/table.ts';
import { addFullAudience, howManyFit } from '#lab/load/full-timelines.ts';
import { openStage, type Stage } from '#lab/stage/stage.ts';
import { openHomes, WAYS, type Way } from './hybrid/homes.ts';
import { ours } from './methods/ours.ts';

/*
 * Push or pull: what each costs, in CPU of all processes that take part, and where they cost the same.
 *
 * A tweet that is pushed costs something for each follower, once. One that is pulled costs something each time a follower opens
 * home, whether there is a new tweet or not. So it depends on how often a follower opens home for each tweet of a celebrity:
 *
 *     push, a second   celebrities followed × their tweets a second × cost of a delivery
 *     pull, a second   pages a second × (cost of a page with so many pulled celebrities − cost of one with the same tweets pushed)
 *
 * Pages are read by HomeReader in this process, as the web process reads them. HTTP costs the same in both.
 */

type Sizes = 'followers' | 'runs' | 'readers' | 'seconds' | 'rounds';

/** Tweets that a celebrity posts a second: one a day, one an hour, one a minute. */
const POSTS = { 'once a day': 1 / 86_400, 'once an hour': 1 / 3_600, 'once a minute': 1 / 60 };

async function measure(run: Run<Sizes>) {
  const stage = await openStage(run);
  const delivery = await costOfDelivery(stage, run);
  const pages = await costOfPages(stage, run);
  const rows = WAYS.filter(({ pulled }) => pulled > 0).map((way) => ({
    way,
    more: median(pairs(pages, way)),
    reads: (way.pulled * delivery) / median(pairs(pages, way)),
  }));
  const last = rows.at(-1);
  return {
    machine: stage.machine,
    runs: {},
    figures: {
      delivery_us: delivery,
      page_us: median(pages.pushed?.map(({ us }) => us) ?? []),
      page_us_a_celebrity: last ? last.more / last.way.pulled : 0,
      crossover_reads_a_tweet: median(rows.map(({ reads }) => reads)),
    },
    tables: [costTable(pages, rows), crossoverTable(rows)],
  };
}

/** CPU of all processes for one entry in a timeline, in µs: the median of some fan-outs. */
async function costOfDelivery(stage: Stage, { sizes, log }: Run<Sizes>): Promise<number> {
  const count = howManyFit(sizes.followers, stage.store);
  log(`an author with ${whole(count)} followers whose timelines are full …`);
  const { run, traces } = ours(stage, await addFullAudience(stage, count, 'full'));
  for (let n = 0; n <= sizes.runs; n++) await run();
  const watched = new Set(stage.watched.map(({ name }) => name));
  const seconds = traces
    .slice(1) // the first one packs the followers
    .map(({ cpu }) => sumOf(cpu, ([name, used]) => (watched.has(name) ? used : 0)));
  return (median(seconds) / count) * 1_000_000;
}

type Measured = { us: number; perSecond: number };
type Pages = Record<string, Measured[]>;

async function costOfPages(stage: Stage, { sizes, log }: Run<Sizes>): Promise<Pages> {
  log(`${whole(sizes.readers)} readers …`);
  const homes = await openHomes(stage, sizes.readers);
  const ways = Object.fromEntries(WAYS.map((way) => [way.name, () => homes.read(way, sizes.seconds)]));
  for (const way of WAYS) await homes.read(way, 0.5); // to warm up
  return inTurn(ways, sizes.rounds, ({ name, round: n, result }) =>
    log(`round ${n + 1}: ${name}: ${round(result.us)} µs a page, ${Math.round(result.perSecond)} pages/s`),
  );
}

/** What a page costs more than one of the same round with the same tweets pushed, in µs. */
const pairs = (pages: Pages, { name }: Way): number[] =>
  (pages[name] ?? []).map(({ us }, n) => us - (pages.pushed?.[n]?.us ?? Number.NaN));

type Row = { way: Way; more: number; reads: number };

function costTable(pages: Pages, rows: Row[]): Table {
  const moreOf = (way: Way) => rows.find((row) => row.way === way)?.more;
  return {
    title: 'A page of home, CPU of web, Postgres and timelines (median)',
    head: ['celebrities followed', 'µs a page', 'more than pushed', 'pages/s'],
    rows: WAYS.map((way) => {
      const found = pages[way.name] ?? [];
      const more = moreOf(way);
      return [
        way.name,
        significant(median(found.map(({ us }) => us))),
        more === undefined ? '' : `${significant(more)} µs`,
        whole(Math.round(median(found.map(({ perSecond }) => perSecond)))),
      ];
    }),
    notes: ['strangers: as many authors are pulled whom the readers do not follow'],
  };
}

function crossoverTable(rows: Row[]): Table {
  return {
    title: 'Push and pull cost the same when a follower opens home so often',
    head: [
      'celebrities followed',
      'for each of their tweets',
      ...Object.keys(POSTS).map((how) => `post ${how}`),
    ],
    rows: rows.map(({ way, reads }) => [
      String(way.pulled),
      significant(reads),
      ...Object.values(POSTS).map((posts) => `${significant(reads * posts * 86_400)} a day`),
    ]),
    notes: ['opens home less often than that: pull is cheaper; more often: push'],
  };
}

await runBench<Sizes>({
  name: 'hybrid',
  sizes: { followers: 200_000, runs: 5, readers: 300, seconds: 3, rounds: 5 },
  goals: {},
  measure,
});
