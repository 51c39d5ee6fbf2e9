import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { openListener } from '#core/listener.ts';
import { openStore } from '#core/redis.ts';
import { startRedis } from '#dev/redis.ts';
import { openTempFolder } from '#dev/temp-folder.ts';
import { startCluster } from '#testing/cluster.ts';
import { eventually } from '#testing/eventually.ts';
import type { AdmissionLimits } from './admission.ts';
import { refuse } from './refuse.ts';
import { sharePlaces } from './share-places.ts';
import { WaitingList } from './waiting-list.ts';

const RATE = 100_000;
const SIZE = 200_000; // two seconds of work
const BACKLOG = 900_000; // full for large tweets at MAX_WAIT_S 10

// A store of its own: publishing reaches every database of a Redis, and this one is killed.
const folder = openTempFolder('share-places');
let server: Awaited<ReturnType<typeof startRedis>>;
beforeAll(async () => {
  server = await startRedis({ role: 'timelines', dataDir: folder.dir });
});
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});
afterAll(async () => {
  await server.stop(2_000);
  folder.remove();
});

/** What a web process has: a list, and connections of its own. */
function webProcess(url = server.url) {
  const list = new WaitingList();
  const redis = openStore(url, 'test');
  const leave = sharePlaces(list.places, { redis, connect: () => openListener(url, 'test places') });
  closing.push(leave, () => redis.disconnect());
  const ask = (name: string, deliveries: number) => {
    const limits: AdmissionLimits = { maxWaitS: 10, waiting: { list, name } };
    return refuse(SIZE, { deliveries, fanOuts: 0, rate: RATE }, limits);
  };
  const post = (name: string): number => {
    const refused = ask(name, BACKLOG);
    if (!refused) throw new Error('Expected a refusal');
    return list.retryAfterS(name, refused);
  };
  return { list, ask, post };
}

const know = (process: { list: WaitingList }, names: string[]) =>
  eventually(() => expect(process.list.places.line.map(({ name }) => name).sort()).toEqual(names));

it('makes one line of the lists of two processes: every place is behind those of both', async () => {
  const [a, b] = [webProcess(), webProcess()];
  const told: number[] = [];
  for (const [process, name] of [
    [a, '1'],
    [b, '2'],
    [a, '3'],
    [b, '4'],
  ] as const) {
    told.push(process.post(name));
    await Promise.all(
      [a, b].map((each) =>
        know(
          each,
          told.map((_, index) => String(index + 1)),
        ),
      ),
    );
  }
  for (const [index, seconds] of told.slice(1).entries())
    expect(seconds - (told[index] ?? 0)).toBeGreaterThanOrEqual(1);
});

it('turns a newcomer away whom room is promised to another process’s tweet, until that is in', async () => {
  const [a, b] = [webProcess(), webProcess()];
  a.post('waits');
  await know(b, ['waits']);
  expect(b.ask('newcomer', 600_000)).toMatchObject({ reason: 'backlog' });
  // Whoever comes back may come to either.
  expect(b.ask('waits', BACKLOG)?.roomInS).toBeLessThan((b.ask('newcomer', BACKLOG)?.roomInS ?? 0) - 1);
  b.list.places.leave('waits');
  await know(a, []);
  expect(a.ask('newcomer', 600_000)).toBeNull();
});
it('goes on with its own list while the store is away, and is one line again when that is back', async () => {
  const [a, b] = [webProcess(), webProcess()];
  a.post('before');
  await know(b, ['before']);
  server.kill();
  await server.exited;
  expect(a.post('alone')).toBeGreaterThan(1);
  await know(a, ['alone', 'before']);
  await know(b, ['before']);
  server = await startRedis({ role: 'timelines', dataDir: folder.dir, port: server.port });
  await know(b, ['alone', 'before']);
});
it('makes one line also of processes that listen to different nodes of a cluster', async () => {
  const cluster = await startCluster(folder.dir);
  closing.push(() => void cluster.stop());
  const [first, ...others] = cluster.nodes.map(({ port }) => `127.0.0.1:${port}`);
  const [a, b] = [
    [first, ...others],
    [...others, first],
  ].map((nodes) => webProcess(`redis-cluster://${nodes.join(',')}`));
  if (!a || !b) throw new Error('Expected two processes');
  const posted: string[] = [];
  for (const name of ['1', '2', '3', '4', '5', '6']) {
    a.post(name);
    posted.push(name);
    await know(b, posted);
  }
});
