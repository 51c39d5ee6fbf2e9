import { Cluster, type Redis } from 'ioredis';
import type { StoreClient } from '#core/redis.ts';

/**
 * A push moves the list's first node in memory. With nodes of 256 entries instead of 8 KB, a push takes 1.07 µs instead
 * of 1.51, and an entry takes 6.3 bytes instead of 5.9.
 */
export const LIST_NODE = { 'list-max-listpack-size': '256' };

/** A store must evict nothing by itself: without its receipt, a chunk that comes again would be pushed twice. */
const POLICY = { 'maxmemory-policy': 'noeviction' };

/**
 * Gives a timeline store the settings that it should have. Returns what somebody else has to set, a line each. The size
 * of a node changes no entry, so it is set here. Which keys a full store evicts is for its owner to decide.
 */
export async function applySettings(redis: Redis): Promise<string[]> {
  const missing: string[] = [];
  if (!(await isSet(redis, LIST_NODE)) && !(await set(redis, LIST_NODE)))
    missing.push(`${inWords(LIST_NODE)}, or pushes onto long timelines take half as long again`);
  if (!(await isSet(redis, POLICY)))
    missing.push(`${inWords(POLICY)}, or a full store loses receipts, and tweets come twice`);
  return missing.map((line) => `TIMELINE_REDIS_URL: let its owner set ${line}.`);
}

/**
 * Sets them, and tells what is missing, for each new connection: after a failover it leads to another server. To a cluster it
 * is a connection to each of its masters.
 */
export function keepSettings(store: StoreClient, log: (line: string) => void): void {
  if (store instanceof Cluster) store.on('+node', (server: Redis) => keepSettings(server, log));
  else store.on('ready', () => void apply(store, log).catch(() => {})); // away again; the next connection tries again
}

async function apply(redis: Redis, log: (line: string) => void): Promise<void> {
  for (const line of await applySettings(redis)) log(line);
}

type Setting = Record<string, string>;

const inWords = (setting: Setting): string => Object.entries(setting).flat().join(' ');

/** False also when the server does not say: some hosts allow no CONFIG at all. */
async function isSet(redis: Redis, setting: Setting): Promise<boolean> {
  const [[name, value] = []] = Object.entries(setting);
  const found = await redis.config('GET', name ?? '').catch(refused);
  return Array.isArray(found) && found[1] === value;
}

async function set(redis: Redis, setting: Setting): Promise<boolean> {
  const [[name, value] = []] = Object.entries(setting);
  return (await redis.config('SET', name ?? '', value ?? '').catch(refused)) === 'OK';
}

/** The answer to a command that is renamed, switched off, or not allowed to this user. */
function refused(error: unknown): null {
  if (error instanceof Error && /^(ERR|NOPERM) /.test(error.message)) return null;
  throw error;
}
