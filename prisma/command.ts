import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { checkSchema } from '#core/check-schema.ts';
import { ConfigError, readStores } from '#core/config.ts';
import { openPostgres } from '#core/postgres.ts';
import { MigrationError, migrate } from './migrate.ts';
import { seed } from './seed.ts';

const AGAIN = 1_000; // ms until it is looked again whether somebody has migrated

/** An option is missing or wrong. The message names it and says what was expected. */
class OptionError extends Error {
  override name = 'OptionError';
}

/**
 * `npm run migrate`: brings the tables of DATABASE_URL up to date, and makes the database if there is none. Any number may
 * run at once, one does it. `-- --demo 100000` writes the demo accounts and a celebrity with so many followers too, unless they
 * are there. `-- --wait` migrates nothing, and waits until the tables are as new as this code: for whatever starts after it.
 */
export async function run(_verb: string, args: string[]): Promise<number> {
  const say = (line: string) => console.log(`migrate  | ${line}`);
  try {
    const { isWaiting, followers } = optionsFrom(args);
    const stores = readStores();
    if (isWaiting) await untilMigrated(stores.DATABASE_URL, say);
    else await migrateNow(stores, { followers, say });
    return 0;
  } catch (error) {
    console.error(isKnown(error) ? error.message : error);
    return 1;
  }
}

const isKnown = (error: unknown): error is Error =>
  error instanceof OptionError || error instanceof ConfigError || error instanceof MigrationError;

type Say = (line: string) => void;

async function migrateNow(
  stores: ReturnType<typeof readStores>,
  { followers, say }: { followers: number | undefined; say: Say },
): Promise<void> {
  const { DATABASE_URL: databaseUrl, TIMELINE_REDIS_URL: timelineRedisUrl } = stores;
  if (followers !== undefined && timelineRedisUrl === undefined)
    throw new ConfigError('TIMELINE_REDIS_URL: Expected the store of the timelines for --demo, got none');
  const applied = await migrate(databaseUrl);
  say(applied.length > 0 ? `migrated: ${applied.join(', ')}` : 'the tables are up to date');
  if (followers === undefined || timelineRedisUrl === undefined) return;
  const { outcome } = await seed({ databaseUrl, timelineRedisUrl, followers, log: say });
  say(`demo accounts: ${outcome}`);
}

async function untilMigrated(databaseUrl: string, say: Say): Promise<void> {
  const { pool, close } = openPostgres({ url: databaseUrl, max: 1, name: 'migrate' });
  const signal = new AbortController().signal;
  try {
    for (let hasSaid = false; ; hasSaid = true) {
      const missing = await checkSchema(pool, { signal, log: say }).catch(onlyConfigError);
      if (!missing) return;
      if (!hasSaid) say('waits until somebody runs `npm run migrate` on this database');
      await wait(AGAIN);
    }
  } finally {
    await close();
  }
}

function onlyConfigError(error: unknown): ConfigError {
  if (error instanceof ConfigError) return error;
  throw error;
}

function optionsFrom(args: string[]): { isWaiting: boolean; followers: number | undefined } {
  const { wait: isWaiting = false, demo } = parse(args);
  if (isWaiting && demo !== undefined)
    throw new OptionError('Expected --wait or --demo, got both: whoever waits writes nothing');
  if (demo === undefined) return { isWaiting, followers: undefined };
  const followers = Number(demo);
  if (Number.isInteger(followers) && followers >= LEAST && followers <= MOST) return { isWaiting, followers };
  throw new OptionError(`--demo: expected ${LEAST} to ${MOST} followers of the celebrity, got ${demo}`);
}

const [LEAST, MOST] = [1_000, 5_000_000];

function parse(args: string[]) {
  try {
    return parseArgs({ args, options: { wait: { type: 'boolean' }, demo: { type: 'string' } } }).values;
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause);
    throw new OptionError(`${text}\nExpected nothing, --wait, or --demo N`, { cause });
  }
}
