import { afterAll, expect, it } from 'vitest';
import { startRedis } from '#dev/redis.ts';
import { openTempFolder } from '#dev/temp-folder.ts';
import { eventually } from '#testing/eventually.ts';
import { Link } from '#testing/link.ts';
import { openRedis } from './redis.ts';

const folders = [openTempFolder('redis-before'), openTempFolder('redis-after')];
const [before, after] = await Promise.all(
  folders.map(({ dir }) => startRedis({ role: 'timelines', dataDir: dir })),
);
if (!before || !after) throw new Error('Expected two servers');
afterAll(async () => {
  await Promise.all([before.stop(5_000), after.stop(5_000)]);
  for (const folder of folders) folder.remove();
});

/** The URL of a server, by way of a link. */
const through = (link: Link, url: string) => Object.assign(new URL(url), { port: String(link.port) }).href;

it('leaves a primary that was demoted, although its connections stay open', async () => {
  const link = await Link.open(before.port);
  const redis = openRedis(through(link, before.url), 'test');
  const admins = [openRedis(before.url, 'admin'), openRedis(after.url, 'admin')];
  const password = new URL(before.url).password;
  await admins[1]?.config('SET', 'requirepass', password);
  await redis.set('where', 'before');
  link.leadTo(after.port);
  await redis.set('still', 'before'); // the address has moved, and nobody has closed the connection
  await admins[0]?.call('REPLICAOF', '127.0.0.1', '1');
  await expect(redis.set('lost', 'before')).rejects.toThrow(/^READONLY /);
  await eventually(() => redis.set('where', 'after'));
  expect(await admins[1]?.get('where')).toBe('after');
  expect(await admins[1]?.get('lost')).toBeNull();
  for (const each of [redis, ...admins]) each.disconnect();
  await link.close();
});
