import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { SECOND } from '#core/durations.ts';
import { ROOT } from '#dev/paths.ts';
import { type Run, runBench } from '#lab/harness/run-bench.ts';
import { median, percentile, type Series } from '#lab/harness/statistics.ts';
import { latencies, significant, type Table, time } from '#lab/harness/table.ts';
import { readEach, signIn } from '#lab/load/pages.ts';
import { addEdges, addPeople, settlePeople } from '#lab/load/people.ts';
import { drive, installWrk, type Measurement, writeRequests } from '#lab/load/wrk.ts';
import { type Application, openApplication } from '#lab/stage/application.ts';
import { COLLECTS, type Held, measureHeld } from '#lab/stage/web-at-rest.ts';
import { openListeners } from './mastodon/listeners.ts';
import { giveTokens, type TokenHolder } from './mastodon/tokens.ts';
import { addReaders } from './read/readers.ts';

/*
 * What apps of others get by the Mastodon client API: pages of home a second, from the full timelines of many readers; the
 * time from the beginning of a post until WebSockets that listen have it; and the memory that the WebSockets of a thousand
 * people take in the web process. They are opened twice: the first time adds also what every process has after a while,
 * such as V8's room for new objects and the homes of these people in the cache, the second time the WebSockets alone.
 */

type Sizes = 'readers' | 'seconds' | 'rounds' | 'posts';

const CONNECTIONS = 16;
const PAGES = [20, 40] as const; // statuses a page: what clients get without asking for a number, and the most
const FOLLOWERS = 12; // of the author, all of them listening
const PAUSE = 100; // ms between two posts, jittered, so that they do not keep step with anything
const SETTLE = 3 * SECOND; // until what opening or closing the connections took can be freed

async function measure(run: Run<Sizes>) {
  installWrk();
  const app = await openApplication(run, { cwd: ROOT, name: 'application', env: settingsFor(run.sizes) });
  const readers = await giveTokens(app, await addReaders(app, 'full', run.sizes.readers));
  const author = await addAuthor(app, readers.slice(0, FOLLOWERS));
  run.log('each reads once …');
  await readEach(app.url, readers, CONNECTIONS);
  const { first, added, arrivals } = await listenAndPost(run, app, { readers, author });
  const pages = await readPages(run, app, readers);
  return {
    machine: app.machine,
    runs: { arrivals },
    figures: {
      pages_per_second: median(pages[20].map(({ perSecond }) => perSecond)),
      p95_ms: percentile(arrivals.values, 95),
      mb_of_1000: (Math.max(first.rssMb, added.rssMb) * 1_000) / run.sizes.readers,
    },
    tables: [
      pageTable(pages, run.sizes),
      latencies('From the beginning of a post to a WebSocket that listens', {
        [`of ${run.sizes.readers}`]: arrivals,
      }),
      memoryTable({ first, added }, run.sizes),
    ],
  };
}

/** They all come from one address, and ask more than people do. */
const settingsFor = ({ readers }: Run<Sizes>['sizes']) => ({
  ...{ MAX_STREAMS: `${readers + 10}`, STREAMS_PER_ADDRESS: `${readers + 10}` },
  ...{ CLIENT_CALLS_PER_MINUTE: '100000000', NODE_OPTIONS: COLLECTS },
});

async function addAuthor(app: Application, followers: TokenHolder[]) {
  const people = await addPeople(app.pool, 'posts_', 1);
  await addEdges(app.pool, {
    followees: followers.map(() => people[0]?.id ?? 0),
    followers: followers.map(({ id }) => id),
  });
  await settlePeople(app.pool);
  const [author] = await signIn(app, people);
  if (!author) throw new Error('Expected an author');
  return author;
}

type People = { readers: TokenHolder[]; author: Awaited<ReturnType<typeof addAuthor>> };

async function listenAndPost(run: Run<Sizes>, app: Application, { readers, author }: People) {
  run.log(`${readers.length} WebSockets …`);
  const fresh = await heldByWeb(app);
  const early = await openListeners(app.url, readers);
  const first = difference(fresh, await heldByWeb(app));
  early.close();
  const before = await heldByWeb(app);
  const listeners = await openListeners(app.url, readers);
  const added = difference(before, await heldByWeb(app));
  const arrivals: Series = { unit: 'ms', values: [] };
  for (let n = 0; n < run.sizes.posts; n++) {
    const text = `Post ${n} of the bench, ${crypto.randomUUID()}`;
    const heard = listeners.heard(text, FOLLOWERS);
    const begun = performance.now();
    await post(app.url, author.cookie, text);
    arrivals.values.push(...(await heard).map((at) => at - begun));
    await wait(PAUSE * (0.5 + Math.random()));
  }
  listeners.close();
  return { first, added, arrivals };
}

async function heldByWeb(app: Application): Promise<Held> {
  await wait(SETTLE);
  const web = app.watched().find(({ name }) => name === 'web');
  if (!web) throw new Error('Expected a web process');
  return measureHeld({ url: app.url, pid: web.pid });
}

const difference = (before: Held, after: Held): Held => ({
  inUseMb: after.inUseMb - before.inUseMb,
  heapMb: after.heapMb - before.heapMb,
  rssMb: after.rssMb - before.rssMb,
});

async function post(url: string, cookie: string, text: string): Promise<void> {
  const headers = { cookie, 'idempotency-key': crypto.randomUUID() };
  const answer = await fetch(`${url}/api/tweets`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ text }),
  });
  if (answer.status !== 202) throw new Error(`POST /api/tweets: ${answer.status} ${await answer.text()}`);
}

type Pages = Record<(typeof PAGES)[number], Measurement[]>;

async function readPages(run: Run<Sizes>, app: Application, readers: TokenHolder[]): Promise<Pages> {
  const pages: Pages = { 20: [], 40: [] };
  const load = (limit: number) => ({
    ...{ url: app.url, connections: CONNECTIONS, seconds: run.sizes.seconds },
    requests: writeRequests(
      join(run.dataDir, `home ${limit}.requests`),
      readers.map(({ token }) => ({ method: 'GET', path: `/api/v1/timelines/home?limit=${limit}`, token })),
    ),
  });
  for (const limit of PAGES) await drive({ ...load(limit), seconds: 2 }); // warms up
  for (let round = 0; round < run.sizes.rounds; round++)
    for (const limit of PAGES) pages[limit].push(await drive(load(limit)));
  return pages;
}

function pageTable(pages: Pages, { readers, seconds, rounds }: Run<Sizes>['sizes']): Table {
  const middle = (measured: Measurement[], figure: 'perSecond' | 'p50' | 'p99') =>
    median(measured.map((each) => each[figure]));
  const rows = PAGES.map((limit) => [
    `GET /api/v1/timelines/home?limit=${limit}`,
    significant(middle(pages[limit], 'perSecond')),
    time(middle(pages[limit], 'p50'), 'ms'),
    time(middle(pages[limit], 'p99'), 'ms'),
  ]);
  const note = `medians of ${rounds} rounds of ${seconds} s in turn, ${CONNECTIONS} connections, by wrk; ${readers} readers with full timelines`;
  return { title: 'Pages of home a second', head: ['', '/s', 'p50', 'p99'], rows, notes: [note] };
}

function memoryTable(
  { first, added }: Record<'first' | 'added', Held>,
  { readers }: Run<Sizes>['sizes'],
): Table {
  const row = (when: string, { rssMb, inUseMb }: Held) => [
    when,
    `${rssMb.toFixed(1)} MB`,
    `${inUseMb.toFixed(1)} MB`,
  ];
  return {
    title: `What ${readers} WebSockets that listen add to the web process`,
    head: ['', 'resident', 'in use'],
    rows: [row('to a process that has none yet', first), row('when they are opened again', added)],
    notes: ['garbage was collected before each measurement; in use: objects and buffers'],
  };
}

await runBench<Sizes>({
  name: 'mastodon',
  sizes: { readers: 1_000, seconds: 4, rounds: 3, posts: 100 },
  goals: { pages_per_second: { atLeast: 1_000 }, p95_ms: { atMost: 300 }, mb_of_1000: { atMost: 100 } },
  measure,
});
