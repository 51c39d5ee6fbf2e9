import type pg from 'pg';
import { z } from 'zod';
import type { Config } from '#core/config.ts';
import { DAY, HOUR, MINUTE, SECOND } from '#core/durations.ts';
import { readRow } from '#core/rows.ts';

/** What one account may have at once, or do in a while. */
export type Quotas = {
  followsPerMinute: number;
  /** Tweets that wait for their time; as many cancelled ones are kept beside them. */
  scheduledTweets: number;
  schedules: number;
  /** Archives that are kept. */
  archives: number;
  archivesPerDay: number;
  suggestionsPerHour: number;
};

/** The quotas of this process. */
export const quotasOf = (config: Config): Quotas => ({
  followsPerMinute: config.FOLLOWS_PER_MINUTE,
  scheduledTweets: config.MAX_SCHEDULED_TWEETS,
  schedules: config.MAX_SCHEDULES,
  archives: config.MAX_ARCHIVES,
  archivesPerDay: config.ARCHIVES_PER_DAY,
  suggestionsPerHour: config.SUGGESTIONS_PER_HOUR,
});

/** What there may be `most` of, in the plural and as the sentence needs it: `schedules`, `follows within 60 s`. */
export type Bound = { what: string; most: number; used: number };

/**
 * An account has or does as much as it may. `waitS` is when there is room again by itself; null: only removing something
 * helps. The transaction that finds out is rolled back.
 */
export class OverQuota extends Error {
  override name = 'OverQuota';
  constructor(
    readonly bound: Bound,
    readonly waitS: number | null,
  ) {
    super(`Expected at most ${bound.most} ${bound.what} of one account, there are ${bound.used}`);
  }
}

/** Above the numbers of all other advisory locks: those of posting are an account above 2^32. */
const QUOTA_LOCKS = 2 ** 33;

/**
 * Holds what an account has until the transaction ends: of two that count before they add, the second sees what the first
 * has added. The next statement reads what was committed before it. Nobody who posts waits for that.
 */
export async function holdQuota(client: Pick<pg.Pool, 'query'>, accountId: number): Promise<void> {
  await client.query('SELECT pg_advisory_xact_lock($1)', [QUOTA_LOCKS + accountId]);
}

/** Things that an account may do so often in any so many milliseconds. */
const WINDOWS = { follows: MINUTE, archives: DAY, suggestions: HOUR };
const IN_WORDS = {
  follows: 'within 60 s',
  archives: 'asked for within a day',
  suggestions: 'asked for within an hour',
};

/** Of which account at what, and how many it may have. */
export type Turn = { accountId: number; thing: keyof typeof WINDOWS; most: number };

/**
 * Takes one turn, which a rollback gives back. Any window is counted, not only those of the clock. Throws
 * {@link OverQuota} with the true wait.
 */
export async function takeTurn(
  client: Pick<pg.Pool, 'query'>,
  { accountId, thing, most }: Turn,
): Promise<void> {
  const { waitS } = await readRow(client, z.object({ waitS: z.number() }), {
    name: 'take-turn',
    text: 'SELECT take_turn($1, $2, $3, $4) AS "waitS"',
    values: [accountId, thing, most, WINDOWS[thing] / SECOND],
  });
  if (waitS > 0) throw tooOften(thing, most, waitS);
}

/** There was no turn: it comes again in `waitS` seconds. */
export const tooOften = (thing: keyof typeof WINDOWS, most: number, waitS: number): OverQuota =>
  new OverQuota({ what: `${thing} ${IN_WORDS[thing]}`, most, used: most }, waitS);
