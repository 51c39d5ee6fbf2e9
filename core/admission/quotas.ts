import type pg from 'pg';
import { z } from 'zod';
import type { Config } from '#core/config.ts';
import { DAY, HOUR, MINUTE, SECOND } from '#core/durations.ts';
import { readRow } from '#core/rows.ts';

/** What one account may have at once, or do in a while. */
export type Quotas = {
  followsPerMinute: number;
  /** Scheduled tweets that wait for their time. As many cancelled ones are kept beside them. */
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

/** What is bounded by `most`; `what` is a plural that fits into a sentence: `schedules`, `follows within 60 s`. */
export type Bound = { what: string; most: number; used: number };

/**
 * An account has or does as much as it may. After `waitS` seconds there is room again; null when only removing something
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

/** Above the numbers of all other advisory locks: those of posting are the id of an account plus 2^32. */
const QUOTA_LOCKS = 2 ** 33;

/**
 * Locks what an account has, until the transaction ends. Of two transactions that count before they add, the second one
 * sees what the first has added, from its next statement on. Posting does not take this lock.
 */
export async function holdQuota(client: Pick<pg.Pool, 'query'>, accountId: number): Promise<void> {
  await client.query('SELECT pg_advisory_xact_lock($1)', [QUOTA_LOCKS + accountId]);
}

/** What an account may do only so often within a window of so many milliseconds. */
const WINDOWS = { follows: MINUTE, archives: DAY, suggestions: HOUR };
const IN_WORDS = {
  follows: 'within 60 s',
  archives: 'asked for within a day',
  suggestions: 'asked for within an hour',
};

/** Whose turn it is, for what, and how many turns that account may have. */
export type Turn = { accountId: number; thing: keyof typeof WINDOWS; most: number };

/**
 * Takes one turn, which a rollback gives back. The window slides: it ends at each turn. Throws {@link OverQuota} with the
 * true wait.
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
