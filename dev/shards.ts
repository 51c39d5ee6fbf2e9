import { changeShards, readLayout } from '#core/ledger/layout.ts';
import { openPostgres } from '#core/postgres.ts';
import { SLOTS } from '#core/timelines/shard-tags.ts';
import { whoRuns } from './claim.ts';
import { dataDirOf } from './paths.ts';
import { explain, StartError } from './start-error.ts';

/**
 * `npm run shards [-- N]`: says in how many shards the timelines lie, or changes that for all running processes. It uses the
 * Postgres that DATABASE_URL names, or that of the running application.
 */
export async function run(_verb: string, args: string[]): Promise<number> {
  try {
    console.log(await readOrChange(databaseOf(process.env), args));
    return 0;
  } catch (error) {
    console.error(explain(error));
    return 1;
  }
}

async function readOrChange(databaseUrl: string, [wanted]: string[]): Promise<string> {
  const { pool, close } = openPostgres({ url: databaseUrl, max: 1, name: 'shards' });
  try {
    const isChanged = wanted !== undefined && (await changeShards(pool, numberIn(wanted)));
    const { shards } = await readLayout(pool);
    if (!isChanged) return `The timelines lie in ${inShards(shards)}.`;
    return `The timelines lie in ${inShards(shards)} now. All of them are cold, and are rebuilt as they are read, or by the workers. The keys of before are removed meanwhile.`;
  } finally {
    await close();
  }
}

const inShards = (shards: number): string => (shards === 1 ? '1 shard' : `${shards} shards`);

function numberIn(text: string): number {
  const shards = Number(text);
  if (Number.isInteger(shards) && shards >= 1 && shards <= SLOTS) return shards;
  throw new StartError(
    `Expected a whole number of shards from 1 to ${SLOTS}, got ${text}.`,
    'As many as the store has masters, or a multiple of that: `npm run shards -- 3`.',
  );
}

function databaseOf(env: NodeJS.ProcessEnv): string {
  const url = env.DATABASE_URL || whoRuns(dataDirOf(env))?.databaseUrl;
  if (url) return url;
  throw new StartError(
    'Nothing runs whose timelines could be looked at.',
    '`npm start` first, or name its Postgres: DATABASE_URL=… npm run shards',
  );
}
