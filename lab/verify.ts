import { parseArgs } from 'node:util';
import type { Audit } from '#core/audit/audit.ts';
import { type Breach, checkLedger, RULES } from '#core/audit/ledger-rules.ts';
import { TIMELINE_CAP } from '#core/config.ts';
import { MINUTE, SECOND } from '#core/durations.ts';
import { readLayout } from '#core/ledger/layout.ts';
import { openPostgres, postgresClock } from '#core/postgres.ts';
import { openStore } from '#core/redis.ts';
import type { TimelineStore } from '#core/timelines/timeline.ts';
import { whoRuns } from '#dev/claim.ts';
import { dataDirOf } from '#dev/paths.ts';
import { explain, StartError } from '#dev/start-error.ts';
import { auditAll, auditable, isBroken, sumAudits } from './check/audit-all.ts';
import { untilSettled } from './check/settled.ts';
import { numberAbove0 } from './harness/options.ts';
import { sumOf } from './harness/statistics.ts';
import { layOut, whole } from './harness/table.ts';

/**
 * `npm run verify [-- --tweet ID | --minutes M] [--json]`: reads every follower's timeline back, for one tweet or all
 * of the last M minutes, and checks the rules of the ledger. It uses the servers that DATABASE_URL and
 * TIMELINE_REDIS_URL name, or those of the running application. Exit code 1 when anything is missing, twice or does not
 * add up.
 */
export async function run(_verb: string, args: string[]): Promise<number> {
  try {
    const options = optionsFrom(args);
    const verified = await verify(serversOf(process.env), options);
    print(verified);
    if (options.json) console.log(JSON.stringify({ verify: { ...sumAudits(verified.audits), ...verified } }));
    return verified.breaches.length > 0 || verified.audits.some(isBroken) ? 1 : 0;
  } catch (error) {
    console.error(explain(error));
    return 1;
  }
}

type Options = { tweetId: number | undefined; minutes: number; json: boolean };
type Urls = { databaseUrl: string; timelineRedisUrl: string };
type Verified = { audits: Audit[]; breaches: Breach[] };

async function verify(urls: Urls, { tweetId, minutes }: Options): Promise<Verified> {
  const { pool, close } = openPostgres({ url: urls.databaseUrl, max: 2, name: 'verify' });
  const redis = openStore(urls.timelineRedisUrl, 'verify');
  try {
    // Where something is pulled, homes are read back as their owners would, and one that is cold is rebuilt.
    const store = { redis, cap: TIMELINE_CAP, ...(await readLayout(pool)) };
    await requireSettled(store);
    const since = new Date((await postgresClock(pool)).getTime() - minutes * MINUTE);
    const tweetIds = tweetId ? [tweetId] : await auditable(pool, { since });
    const audits = await auditAll({ pool, store }, tweetIds);
    if (tweetId && audits.length === 0)
      throw new StartError(`Tweet ${tweetId} is not delivered.`, 'Only what is delivered can be read back.');
    return { audits, breaches: await checkLedger(pool) };
  } finally {
    redis.disconnect();
    await close();
  }
}

const SETTLE = 10 * SECOND;

async function requireSettled(store: TimelineStore): Promise<void> {
  await untilSettled(store, SETTLE).catch((cause: unknown) => {
    const advice = 'A worker repairs it within seconds: is one running?';
    throw new StartError('The timeline store has lost something and is not repaired.', advice, { cause });
  });
}

const SHOWN = 20; // tweets

function print({ audits, breaches }: Verified): void {
  const broken = audits.filter(isBroken);
  const shown = [...broken, ...audits.filter((audit) => !isBroken(audit))].slice(0, SHOWN);
  const total = {
    tweetId: `all ${audits.length}`,
    ms: sumOf(audits, (audit) => audit.ms),
    ...sumAudits(audits),
  };
  console.log(
    layOut({
      title: 'Read back from every follower’s timeline',
      head: ['tweet', ...FOUND],
      rows: [...shown, total].map((row) => COLUMNS.map((column) => cellOf(row[column], column))),
      notes: broken.slice(0, SHOWN).map(exampleOf),
    }),
  );
  const rules = Object.keys(RULES).length;
  console.log(`\nThe ledger keeps ${rules - breaches.length} of its ${rules} rules.`);
  for (const { rule, count, example } of breaches) console.log(`* ${rule}: ${count} times not, ${example}`);
}

// People copy ids, so these have no thousands separators. Figures have them.
const cellOf = (value: number | string, column: string) =>
  column === 'tweetId' ? String(value) : whole(Number(value));

const FOUND = ['expected', 'present', 'cold', 'gone', 'pulled', 'sampled', 'missing', 'twice', 'ms'] as const;
const COLUMNS = ['tweetId', ...FOUND] as const;

const exampleOf = ({ tweetId, examples }: Audit) =>
  `tweet ${tweetId}: missing for users ${examples.missing.join(', ') || 'none'}, twice for ${examples.twice.join(', ') || 'none'}`;

function serversOf(env: NodeJS.ProcessEnv): Urls {
  const { databaseUrl, timelineRedisUrl } = whoRuns(dataDirOf(env)) ?? {};
  const urls = {
    databaseUrl: env.DATABASE_URL || databaseUrl,
    timelineRedisUrl: env.TIMELINE_REDIS_URL || timelineRedisUrl,
  };
  if (urls.databaseUrl && urls.timelineRedisUrl)
    return { databaseUrl: urls.databaseUrl, timelineRedisUrl: urls.timelineRedisUrl };
  throw new StartError(
    'Nothing runs that could be verified.',
    '`npm start` first, or name its servers: DATABASE_URL=… TIMELINE_REDIS_URL=… npm run verify',
  );
}

function optionsFrom(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      tweet: { type: 'string' },
      minutes: { type: 'string', default: '60' },
      json: { type: 'boolean', default: false },
    },
  });
  const tweetId = values.tweet === undefined ? undefined : numberAbove0('tweet', values.tweet);
  return { tweetId, minutes: numberAbove0('minutes', values.minutes), json: values.json };
}
