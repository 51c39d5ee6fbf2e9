/**
 * The log of what web processes have to forget of what they keep of home timelines: a tweet that was deleted, a reader
 * who unfollowed somebody or whose new follow was backfilled. Triggers write it, in the transaction of the change
 * itself, so that no path can forget to (migration 20261126010000_removals).
 *
 *     version   1 ── 2 ── 3 ── 4 ── 5      committed in this order: who sees 5 has seen 1 to 4
 *                         │         └── the newest
 *                         └── a process has forgotten everything up to here: its mark
 *
 * A process reads what is new with the very statement that answers a page: one statement sees one snapshot. Whatever
 * was committed before the statement began, a `204` given, is in it. A page is answered after the process has forgotten.
 *
 * A mark has the time beside the version. A Postgres that was restored, or crashed before a worker's commit was on disk,
 * gives a version a second time. It then has another time, the mark is not found, and the process forgets everything.
 * So it does when it slept for so long that its mark was pruned.
 */
export type Mark = { version: number; at: string };

/** A deleted tweet, a reader whose follows changed, or neither: everything is to be forgotten. */
export type Change = [version: number, at: string, tweetId: number | null, readerId: number | null];

/** Whether a change says that everything is to be forgotten. */
export const isOfEverybody = ([, , tweetId, readerId]: Change): boolean =>
  tweetId === null && readerId === null;

/** The mark of a log in which nothing was ever written. */
const BEGINNING: Mark = { version: 0, at: '' };

const MOST = 1_000; // changes by one statement; a process that is further behind forgets everything

/** The changes from version `$1` on, that one included; the newest alone without a version. */
export const CHANGES_SQL = `(
  SELECT json_agg(json_build_array(version, at, tweet_id, reader_id) ORDER BY version) FROM (
    SELECT * FROM home_change WHERE version >= coalesce($1::bigint, (SELECT max(version) FROM home_change))
    ORDER BY version LIMIT ${MOST + 1}
  ) c
)`;

/** Where to read from, so that every one of these marks is found; null when one is missing. */
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

/** The mark behind these changes. Where more follow, what was read beside them is only newer than its mark. */
export function markAfter(changes: Change[]): Mark {
  const last = changes.at(-1);
  return last ? { version: last[0], at: last[1] } : BEGINNING;
}
