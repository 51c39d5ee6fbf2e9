import { z } from 'zod';
import { lostNow } from '#dev/saving.ts';
import { startServers } from '#dev/servers.ts';
import { listenForStop } from '#dev/stop-signal.ts';

/**
 * The program that runs a timeline store of its own until a signal, and ends it as `npm start` does. SERVERS says where,
 * and names the other servers. It is a variable because their URLs hold passwords, and everybody may read
 * arguments. It tells its parent the URL of the store.
 */
const { dataDir, ...given } = z
  .object({ dataDir: z.string(), databaseUrl: z.string(), queueRedisUrl: z.string() })
  .parse(JSON.parse(process.env.SERVERS ?? ''));
const stopSignal = listenForStop(() => lostNow(dataDir));
const servers = await startServers({ dataDir, given, keepsTimelines: true, log: console.log });
process.send?.({ url: servers.timelineRedisUrl });
await stopSignal.first;
await servers.stop(100);
process.exit(0);
