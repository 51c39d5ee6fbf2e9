import { afterAll, afterEach, expect, inject, it, vi } from 'vitest';
import { openTempFolder } from '#dev/temp-folder.ts';
import { startCluster, startClusterNode } from '#testing/cluster.ts';
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
