import { Redis } from 'ioredis';
import { afterAll, afterEach, expect, inject, it, vi } from 'vitest';
import { freePort } from '#dev/ports.ts';
import { openTempFolder } from '#dev/temp-folder.ts';
import { startClusterNode } from '#testing/cluster-node.ts';
import { Link } from '#testing/link.ts';
import { ConfigError } from './config.ts';
import { refuseClusters } from './refuse-cluster.ts';

const folder = openTempFolder('cluster');
const node = await startClusterNode(folder.dir, await freePort());
const single = inject('servers').timelineRedisUrl;
const never = new AbortController().signal;

afterEach(() => vi.restoreAllMocks());
afterAll(async () => {
  await node.stop();
  folder.remove();
});

it('refuses a node of a Redis Cluster by the name of its variable', async () => {
  const refused = refuseClusters({ QUEUE_REDIS_URL: single, TIMELINE_REDIS_URL: node.url }, never);
  await expect(refused).rejects.toThrow(ConfigError);
  await expect(refused).rejects.toThrow(/^TIMELINE_REDIS_URL: Expected a single Redis .*cluster_enabled:1/);
});

it('lets single servers pass', async () => {
  await refuseClusters({ QUEUE_REDIS_URL: single, TIMELINE_REDIS_URL: single }, never);
});

it('asks a server that is away again, until it can be reached', async () => {
  const link = await Link.open(Number(new URL(node.url).port));
  link.cut();
  const info = vi.spyOn(Redis.prototype, 'info');
  const refused = expect(
    refuseClusters({ TIMELINE_REDIS_URL: `redis://127.0.0.1:${link.port}` }, never),
  ).rejects.toThrow(ConfigError);
  await vi.waitFor(() => expect(info.mock.settledResults[0]?.type).toBe('rejected'), 10_000);
  link.heal();
  await refused;
  await link.close();
});

it('ends when nobody wants to know any more', async () => {
  const nobody = `redis://127.0.0.1:${await freePort()}`;
  await refuseClusters({ TIMELINE_REDIS_URL: nobody }, AbortSignal.timeout(20));
});
