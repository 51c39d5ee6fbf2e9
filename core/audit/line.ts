import { setTimeout as wait } from 'node:timers/promises';
import type pg from 'pg';
import { z } from 'zod';
import { SECOND } from '#core/durations.ts';
import { HintChannel } from '#core/hints.ts';
import { transaction } from '#core/postgres.ts';
import { readRow, readRows } from '#core/rows.ts';

/** Where an audit stands: in line behind so many others, reading, or letting deliveries go first. */
export type AuditProgress =
  | { state: 'waiting'; ahead: number }
  | { state: 'running' | 'aside'; read: number; expected: number };

/** How many timelines are read, and whether it waits because deliveries go first. */
export type AuditStep = { read: number; expected: number; aside: boolean };

/** Too many audits are in line: nothing was begun. */
export class TooManyAudits extends Error {
  override name = 'TooManyAudits';
}

/** Web processes tell each other that an audit has moved on. */
export const AUDITS = new HintChannel('audits', z.object({ tweetId: z.int() }));

/** So many may be in line. An audit of a million takes about 2 s, so that the last one waits for half a minute. */
const MOST = 16;
const JOINING = 7_107; // any number that no other advisory lock of this database uses
/** A dead or frozen process holds up the others for so long. A living one renews its lease every {@link TELL} or page. */
const LEASE = 6 * SECOND;
const LOOK = 100; // ms between two looks at who is ahead, for the next in line; others look less often
const SELDOM = 5; // times as often at most
const TELL = 200; // ms between two notes of how far an audit is

/**
 * The line of audits of all web processes, in Postgres: a row each, and the first one runs. An audit of a million keeps the
 * timeline store busy for a second, and fifty at once would keep it from everybody.
 *
 *     join ──▶ waiting: looks who is ahead, renews its lease ──▶ running: notes how far it is, renews ──▶ leave
 *                  └────────────── its process dies, or is frozen: beyond its lease it counts no more ───────┘
 *
 * An audit that ends leaves its result with all that wait for the same tweet, and none of these runs.
 *
 * A row beyond its lease belongs to nobody. A process that wakes up with such a row has lost its place: it begins anew or
 * ends.
 */
export class AuditLine {
  constructor(private readonly pool: pg.Pool) {}

  /** Takes a place at the end of the line. Throws {@link TooManyAudits}. */
  async join(tweetId: number): Promise<AuditPlace> {
    const [place] = await transaction(this.pool, async (client) => {
      // Those who join at the same moment would not count each other.
      await client.query('SELECT pg_advisory_xact_lock($1, 0)', [JOINING]);
      return readRows(client, ticketRow, {
        text: `
          INSERT INTO audit_line (tweet_id, leased_until)
          SELECT $1, clock_timestamp() + $2 * interval '1 ms'
          WHERE (SELECT count(*) FROM audit_line WHERE leased_until > clock_timestamp()) < $3
          RETURNING ticket`,
        values: [tweetId, LEASE, MOST],
      });
    });
    if (!place) throw new TooManyAudits(`Expected fewer than ${MOST} audits to be in line, so many are`);
    return new AuditPlace(this.pool, place.ticket);
  }

  /** How far the audit of a tweet is, whichever process runs it; null when there is none. */
  async progress(tweetId: number): Promise<AuditProgress | null> {
    const [row] = await readRows(this.pool, standing, {
      text: `
        SELECT running, aside, read, expected, (${AHEAD})::int AS ahead FROM audit_line a
        WHERE tweet_id = $1 AND leased_until > clock_timestamp() ORDER BY ticket LIMIT 1`,
      values: [tweetId],
    });
    if (!row) return null;
    const { running, aside, read, expected, ahead } = row;
    return running ? { state: aside ? 'aside' : 'running', read, expected } : { state: 'waiting', ahead };
  }
}

const AHEAD = `
  SELECT count(*) FROM audit_line b WHERE b.ticket < a.ticket AND b.leased_until > clock_timestamp()`;

const ticketRow = z.object({ ticket: z.int() });
const seen = z.object({ ahead: z.int(), result: z.unknown() });

const standing = z.object({
  running: z.boolean(),
  aside: z.boolean(),
  read: z.int(),
  expected: z.int(),
  ahead: z.int(),
});

/** One audit's place in the line. */
export class AuditPlace {
  #toldAt = Number.NEGATIVE_INFINITY;
  #aside = false;

  constructor(
    private readonly pool: pg.Pool,
    private readonly ticket: number,
  ) {}

  /**
   * Waits until nobody is ahead. Returns null when this one may run, or what another audit of the same tweet has found
   * meanwhile. Calls `moved` then, and whenever fewer are ahead.
   */
  async turn(signal: AbortSignal, moved: () => void): Promise<unknown> {
    for (let before = -1; ; ) {
      signal.throwIfAborted();
      const { ahead, result } = await this.#look();
      const isOurs = result === null && ahead === 0 && (await this.#begin());
      if (isOurs || ahead !== before) moved();
      if (isOurs || result !== null) return result;
      before = ahead;
      await wait(LOOK * Math.min(Math.max(ahead, 1), SELDOM), undefined, { signal });
    }
  }

  /** Notes how far the audit is, unless it did so a moment ago. Returns whether it did. */
  async note({ read, expected, aside }: AuditStep): Promise<boolean> {
    if (performance.now() - this.#toldAt < TELL && aside === this.#aside) return false;
    this.#toldAt = performance.now();
    this.#aside = aside;
    await this.#renew(ticketRow, {
      text: `UPDATE audit_line a SET ${RENEWED}, read = $3, expected = $4, aside = $5 WHERE ${MINE} RETURNING ticket`,
      values: [read, expected, aside],
    });
    return true;
  }

  /** Gives the place up, and leaves the result, if there is one, with those who wait for it too. */
  async leave(result: object | null): Promise<void> {
    await this.pool.query(
      `WITH left_line AS (DELETE FROM audit_line WHERE ticket = $1 RETURNING tweet_id)
       UPDATE audit_line SET result = $2 FROM left_line
       WHERE $2::jsonb IS NOT NULL AND audit_line.tweet_id = left_line.tweet_id AND ticket <> $1
         AND leased_until > clock_timestamp()`,
      [this.ticket, result],
    );
  }

  async #look(): Promise<z.infer<typeof seen>> {
    const text = `UPDATE audit_line a SET ${RENEWED} WHERE ${MINE} RETURNING (${AHEAD})::int AS ahead, result`;
    return this.#renew(seen, { text, values: [] });
  }

  /** False while another one runs: two that joined at the same moment may each see nobody ahead. */
  async #begin(): Promise<boolean> {
    await this.pool.query('DELETE FROM audit_line WHERE leased_until < clock_timestamp()');
    const { count } = await readRow(this.pool, z.object({ count: z.int() }), {
      text: `
        WITH begun AS (
          UPDATE audit_line SET running = true
          WHERE ticket = $1 AND NOT EXISTS (SELECT FROM audit_line WHERE running) RETURNING ticket
        )
        SELECT count(*)::int FROM begun`,
      values: [this.ticket],
    }).catch((error: unknown) => {
      if (isTaken(error)) return { count: 0 };
      throw error;
    });
    return count === 1;
  }

  async #renew<Row extends z.ZodType>(
    returned: Row,
    { text, values }: { text: string; values: unknown[] },
  ): Promise<z.infer<Row>> {
    const [row] = await readRows(this.pool, returned, {
      text,
      values: [this.ticket, LEASE, ...values],
    });
    if (!row) throw new TooManyAudits('This audit stood still for too long, and has lost its place in line');
    return row;
  }
}

const RENEWED = `leased_until = clock_timestamp() + $2 * interval '1 ms'`;
const MINE = 'ticket = $1 AND leased_until > clock_timestamp()';

/** By the index that lets one run at a time. */
const isTaken = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === '23505';
