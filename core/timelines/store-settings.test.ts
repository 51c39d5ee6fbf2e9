import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { openRedis } from '#core/redis.ts';
import { startRedis } from '#dev/redis.ts';
import type { Server } from '#dev/server.ts';
import { openTempFolder } from '#dev/temp-folder.ts';
import { eventually } from '#testing/eventually.ts';
import { applySettings, keepSettings } from './store-settings.ts';

const folder = openTempFolder('store-settings');
let server: Server;
let admin: ReturnType<typeof openRedis>;
beforeAll(async () => {
  server = await startRedis({ role: 'timelines', dataDir: folder.dir, databases: 1 });
  admin = openRedis(server.url, 'admin');
  await admin.call('ACL', 'SETUSER', 'tenant', 'on', '>secret', '~*', '&*', '+@all', '-config');
});
afterAll(async () => {
  admin.disconnect();
  await server.stop(1_000);
  folder.remove();
});

/** Makes the server look as if somebody else had set it up, with Redis' own defaults. */
const asGiven = () => admin.config('SET', 'list-max-listpack-size', '-2', 'maxmemory-policy', 'volatile-lru');
const nodeSize = async () => (await admin.config('GET', 'list-max-listpack-size'))[1];

it('finds nothing to say of a store as `npm start` makes it', async () => {
  expect(await applySettings(admin)).toEqual([]);
  expect((await admin.config('GET', 'maxmemory'))[1]).not.toBe('0');
});

it('sets the size of nodes of a given store, and says that it must not evict', async () => {
  await asGiven();
  const said = await applySettings(admin);
  expect(said).toEqual([expect.stringMatching(/^TIMELINE_REDIS_URL: .*maxmemory-policy noeviction/)]);
  expect(await nodeSize()).toBe('256');
});

it('says what to set where CONFIG is refused, at each connection', async () => {
  await asGiven();
  const url = Object.assign(new URL(server.url), { username: 'tenant', password: 'secret' }).href;
  const tenant = openRedis(url, 'tenant');
  const log = vi.fn();
  keepSettings(tenant, log);
  await eventually(() => expect(log).toHaveBeenCalledTimes(2));
  expect(log).toHaveBeenCalledWith(expect.stringContaining('list-max-listpack-size 256'));
  expect(await nodeSize()).toBe('-2');
  tenant.disconnect(true);
  await eventually(() => expect(log).toHaveBeenCalledTimes(4));
  tenant.disconnect();
});
