import { Redis } from 'ioredis';
import { afterAll, afterEach, expect, inject, it, vi } from 'vitest';
import { freePort } from '#dev/ports.ts';
import { startRedis } from '#dev/redis.ts';
import { openTempFolder } from '#dev/temp-folder.ts';
import { startCluster, startClusterNode } from '#testing/cluster.ts';
import { eventually } from '#testing/eventually.ts';
import { Link } from '#testing/link.ts';
import { checkStores } from './check-stores.ts';
import { ConfigError } from './config.ts';

const folder = openTempFolder('check-stores');
const node = await startClusterNode(folder.dir); // without slots
const cluster = await startCluster(folder.dir);
const single = inject('servers').timelineRedisUrl;

afterEach(() => vi.restoreAllMocks());
afterAll(async () => {
  await Promise.all([node.stop(), cluster.stop()]);
  folder.remove();
});

/** What a start says, once all servers have answered. */
async function said(stores: Parameters<typeof checkStores>[0], signal = new AbortController().signal) {
  const lines: string[] = [];
  await checkStores(stores, { signal, log: (line) => lines.push(line) });
  return lines;
}

const timelines = (url: string, signal?: AbortSignal) => said({ TIMELINE_REDIS_URL: url }, signal);
const hostOf = (url: string) => new URL(url).host;

it('refuses a node of a cluster for the queue, by the name of its variable', async () => {
  const refused = said({ QUEUE_REDIS_URL: node.url, TIMELINE_REDIS_URL: single });
  await expect(refused).rejects.toThrow(ConfigError);
  await expect(refused).rejects.toThrow(/^QUEUE_REDIS_URL: Expected a single Redis .*cluster_enabled:1/);
});

it('refuses one node of a cluster as the timeline store, and says how to name the cluster', async () => {
  await expect(timelines(node.url)).rejects.toThrow(/^TIMELINE_REDIS_URL: .*redis-cluster:\/\//);
});

it('refuses a single server as a node of a cluster, and says which one', async () => {
  const url = `${cluster.url},${hostOf(single)}`;
  const withPassword = url.replace('://', `://:${new URL(single).password}@`);
  await expect(timelines(withPassword)).rejects.toThrow(/node 4 of 4 is a single server/);
});

it('lets single servers and whole clusters pass without a word', async () => {
  expect(await said({ QUEUE_REDIS_URL: single, TIMELINE_REDIS_URL: single })).toEqual([]);
  expect(await timelines(cluster.url)).toEqual([]);
});

it('names a node that is away, and one that knows no master for a slot', async () => {
  const nobody = `127.0.0.1:${await freePort()}`;
  const ending = new AbortController();
  const lines: string[] = [];
  const looking = checkStores(
    { TIMELINE_REDIS_URL: `redis-cluster://${nobody},${hostOf(node.url)}` },
    { signal: ending.signal, log: (line) => lines.push(line) },
  );
  await eventually(() => expect(lines).toHaveLength(2));
  ending.abort();
  await looking;
  expect(lines).toContainEqual(expect.stringMatching(/node 1 of 2 does not answer.*take it out of the list/));
  expect(lines).toContainEqual(expect.stringMatching(/node 2 of 2 knows a master for 0 of 16384 slots.*fix/));
});

it('names a replica, which takes no writes', async () => {
  const replica = await startRedis({ role: 'timelines', dataDir: folder.dir });
  const redis = new Redis(replica.url);
  await redis.replicaof('127.0.0.1', String(await freePort()));
  expect(await timelines(replica.url)).toEqual([expect.stringMatching(/is a replica.*Name its primary/)]);
  expect(await said({ QUEUE_REDIS_URL: replica.url })).toEqual([
    expect.stringMatching(/^QUEUE_REDIS_URL: .* is a replica.*nothing is delivered.*Name its primary/),
  ]);
  redis.disconnect();
  await replica.stop(2_000);
});

it('asks a server that is away again, until it can be reached', async () => {
  const link = await Link.open(node.port);
  link.cut();
  const info = vi.spyOn(Redis.prototype, 'info');
  const refused = expect(timelines(`redis://127.0.0.1:${link.port}`)).rejects.toThrow(ConfigError);
  await eventually(() => expect(info.mock.settledResults[0]?.type).toBe('rejected'));
  link.heal();
  await refused;
  await link.close();
});

it('ends when nobody wants to know any more', async () => {
  const nobody = `redis://127.0.0.1:${await freePort()}`;
  expect(await timelines(nobody, AbortSignal.timeout(20))).toEqual([]);
});
