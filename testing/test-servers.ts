import { finishBuild, startBuild } from '#dev/build.ts';
import { COMPILED_FOR_TESTS, RUN_COMPILED } from '#dev/paths.ts';
import { type ServerUrls, startServers } from '#dev/servers.ts';
import { openTempFolder, sweepTempFolders } from '#dev/temp-folder.ts';
import { migrate } from '#prisma/migrate.ts';

declare module 'vitest' {
  interface ProvidedContext {
    servers: ServerUrls;
  }
}

/** A database with all migrations and no rows. Every world gets a copy of it. */
export const TEMPLATE = 'template_migrated';

/** Logical databases of each Redis server. Each world takes the next one. */
export const REDIS_DATABASES = 512;

type Project = {
  provide(key: 'servers', value: ServerUrls): void;
  onTestsRerun(again: () => Promise<void>): void;
};

/**
 * Vitest's global setup: one set of servers for the whole run, and the programs that tests start, compiled. The servers end
 * with this process (see program.ts). If it is killed, the next run stops them.
 */
export default async function setup(project: Project): Promise<() => Promise<void>> {
  await sweepTempFolders();
  await compilePrograms();
  project.onTestsRerun(compilePrograms);
  process.env[RUN_COMPILED] = COMPILED_FOR_TESTS;
  const folder = openTempFolder('test');
  const servers = await startServers({
    dataDir: folder.dir,
    durable: false,
    redisDatabases: REDIS_DATABASES,
    log: console.error,
  });
  const { databaseUrl, queueRedisUrl, timelineRedisUrl } = servers;
  await migrate(databaseUrl.replace(/[^/]+$/, TEMPLATE));
  project.provide('servers', { databaseUrl, queueRedisUrl, timelineRedisUrl });
  return async () => {
    await servers.stop();
    folder.remove();
  };
}

const compilePrograms = () => finishBuild(startBuild(process.env, ['tested']));
