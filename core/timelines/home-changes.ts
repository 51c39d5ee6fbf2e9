/**
 * The log of what web processes have to forget: a tweet that was deleted, a reader who unfollowed somebody, a reader whose
 * new follow was backfilled. Triggers write it in the transaction of the change itself, so that no code can forget to
 * (`keep_home_changes` of the migration).
 *
 *     version   1 ── 2 ── 3 ── 4 ── 5      committed in this order: who sees 5 has seen 1 to 4
 *                         │         └── the newest
 *                         └── a process has forgotten everything up to here: its mark
 *
 * A process reads what is new with the same statement that answers a page, because one statement sees one snapshot.
 * Whatever was committed before the statement began, and answered with a `204`, is in it. The process forgets first and
 * answers the page then.
 *
 * A mark has a time beside its version. A Postgres that was restored, or that crashed before a worker's commit was on disk,
 * gives a version a second time, with another time. Then the mark is not found, and the process forgets everything. It does
 * the same when it slept for so long that its mark was deleted from the log.
 */
export type Mark = { version: number; at: string };

/** A deleted tweet, or a reader whose follows changed. With neither, everything is to be forgotten. */
export type Change = [version: number, at: string, tweetId: number | null, readerId: number | null];

/** Whether a change says that everything is to be forgotten. */
export const isOfEverybody = ([, , tweetId, readerId]: Change): boolean =>
  tweetId === null && readerId === null;

/** The mark of a log in which nothing was ever written. */
const BEGINNING: Mark = { version: 0, at: '' };

const MOST = 1_000; // changes by one statement; a process that is further behind forgets everything

/** SQL for the changes from version `$1` on, that one included. Without a version, for the newest one alone. */
export const CHANGES_SQL = `(
  SELECT json_agg(json_build_array(version, at, tweet_id, reader_id) ORDER BY version) FROM (
    SELECT * FROM home_change WHERE version >= coalesce($1::bigint, (SELECT max(version) FROM home_change))
    ORDER BY version LIMIT ${MOST + 1}
  ) c
)`;

/** The version to read from, so that the answer holds every one of these marks; null when a mark is missing. */
export function earliest(marks: (Mark | null)[]): number | null {
  const versions = marks.map((mark) => mark?.version ?? -1);
  const least = Math.min(...versions);
  return least < 0 ? null : least;
}

/** Whether these changes, read by {@link CHANGES_SQL}, hold all that came after a mark. */
export function continues(changes: Change[], mark: Mark | null): mark is Mark {
  if (!mark || changes.length > MOST) return false;
  if (mark.version === BEGINNING.version) return (changes[0]?.[0] ?? 1) === 1;
  return changes.some(([version, at]) => version === mark.version && at === mark.at);
}

/** The mark behind these changes. If there are more changes, what was read beside them is newer than the mark says. */
export function markAfter(changes: Change[]): Mark {
  const last = changes.at(-1);
  return last ? { version: last[0], at: last[1] } : BEGINNING;
}
