import type { Lab } from '#dev/faults/lab.ts';
import { openLab } from '#dev/faults/open-lab.ts';
import { takePort } from '#dev/listening-socket.ts';
import { nodeArgs } from '#dev/paths.ts';
import { freePort, until } from '#dev/ports.ts';
import { Programs } from '#dev/programs.ts';
import { type Servers, startServers } from '#dev/servers.ts';
import { openTempFolder } from '#dev/temp-folder.ts';
import { migrate } from '#prisma/migrate.ts';
import { followsEverybody } from '#prisma/seed/demo/follows-everybody.ts';
import { seed } from '#prisma/seed.ts';

/** The whole application on servers of its own, with its lab, but without Next's pages: nothing has to be built. */
export type RunningSystem = {
  lab: Lab;
  url: string;
  servers: Servers;
  programs: Programs;
  stop(): Promise<void>;
};

/** Starts one whose celebrity has so many followers. */
export async function startSystem({ followers }: { followers: number }): Promise<RunningSystem> {
  const folder = openTempFolder('system');
  const servers = await startServers({ dataDir: folder.dir, log: () => {} });
  const { databaseUrl, queueRedisUrl, timelineRedisUrl } = servers;
  await migrate(databaseUrl);
  await seed({ databaseUrl, timelineRedisUrl, followers });
  const socket = await takePort(await freePort());
  const messages: ConstructorParameters<typeof Programs>[0]['messages'] = (message, reply) =>
    lab.hear(message, reply);
  const programs = new Programs({
    ...{ mode: 'start', webs: 1, workers: ['A', 'B'], dataDir: folder.dir, log: () => {}, messages },
    ...{ web: nodeArgs('testing/web-process.ts'), compiled: true },
  });
  const env = {
    ...process.env,
    ...{ DATABASE_URL: databaseUrl, QUEUE_REDIS_URL: queueRedisUrl, TIMELINE_REDIS_URL: timelineRedisUrl },
    ...{ SESSION_SECRET: 'a secret of the tests', OPERATORS: followsEverybody.handle, LAB: '1' },
    ...{ NODE_ENV: 'production' as const, CHUNK_SIZE: '250' },
  };
  const url = `http://127.0.0.1:${socket.port}`;
  const broker = { name: 'bullmq' as const, variables: {}, server: undefined, stop: async () => {} };
  const lab = openLab({ url, env, programs, usualWorkers: 2, servers, broker, log: () => {} });
  programs.start({ env, port: socket.port, socket });
  await until(() => fetch(`${url}/healthz`), 60_000);
  return {
    ...{ lab, url, servers, programs },
    stop: async () => {
      lab.close();
      await programs.stop(2_500);
      socket.close();
      await servers.stop();
      folder.remove();
    },
  };
}
