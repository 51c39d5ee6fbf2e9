import { parseArgs } from 'node:util';
import { migrate } from '#prisma/migrate.ts';
import { seed } from '#prisma/seed.ts';
import { givenUrls } from './app.ts';
import { claim, type Status, whoRuns } from './claim.ts';
import { requireVariables } from './environment.ts';
import { type Log, logAs, step } from './log.ts';
import { dataDirOf } from './paths.ts';
import { startServers } from './servers.ts';
import { explain, StartError } from './start-error.ts';
import { listenForStop } from './stop-signal.ts';

/** `npm run seed -- --followers N`: seeds anew, on the running application's servers or on ones started for it. */
export async function run(_verb: string, args: string[]): Promise<number> {
  const log = logAs('seed');
  try {
    const followers = parseFollowers(args);
    requireVariables(process.env);
    const stop = listenForStop().first.then(() => {
      throw new StartError('Interrupted.', 'The data is incomplete now: run `npm run seed` again.');
    });
    await Promise.race([withServers(log, (urls) => seedNow(urls, followers, log)), stop]);
    return 0;
  } catch (error) {
    console.error(explain(error));
    return 1;
  }
}

type Stores = { databaseUrl: string; timelineRedisUrl: string };

async function withServers(log: Log, work: (stores: Stores) => Promise<void>) {
  const dataDir = dataDirOf(process.env);
  const running = whoRuns(dataDir);
  if (running) return work(storesOf(running));
  const claimed = claim(dataDir);
  const servers = await startServers({
    ...{ dataDir, given: givenUrls(process.env), keepsTimelines: true, log },
    timelineMemory: requireVariables(process.env).TIMELINE_MEMORY,
  });
  try {
    await work(servers);
  } finally {
    await servers.stop();
    claimed.release();
  }
}

function storesOf({ databaseUrl, timelineRedisUrl }: Status): Stores {
  if (databaseUrl && timelineRedisUrl) return { databaseUrl, timelineRedisUrl };
  throw new StartError('The application is still starting.', 'Wait until it prints its URL, then seed.');
}

async function seedNow({ databaseUrl, timelineRedisUrl }: Stores, followers: number, log: Log) {
  await migrate(databaseUrl);
  await step(log, `seeded, the celebrity has ${followers.toLocaleString('en')} followers`, () =>
    seed({ databaseUrl, timelineRedisUrl, followers, log, fresh: true }),
  );
}

function parseFollowers(args: string[]): number {
  const { values } = parseArgs({ args, options: { followers: { type: 'string', default: '1000000' } } });
  const followers = Number(values.followers);
  if (Number.isInteger(followers) && followers > 0) return followers;
  throw new StartError(
    `--followers: expected a whole number above 0, got ${values.followers}`,
    'For example `npm run seed -- --followers 50000`.',
  );
}
