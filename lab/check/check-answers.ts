import type { Edges } from '#lab/clients/edges.ts';
import type { Draft } from '#lab/clients/post.ts';
import type { Findings } from '#lab/harness/findings.ts';
import { isReported, mayBeGone } from '#lab/harness/restores.ts';
import { type CheckContext, isOfTask, readTweets, type TweetRow } from './round-tweets.ts';

/**
 * Compares every answer to a post with what Postgres has. Tweets up to `after` are older than the round. Tweets that
 * tasks posted are checked in check-scheduled.ts.
 */
export async function checkAnswers(
  { pool, findings, restores = [] }: CheckContext,
  { drafts, after }: { drafts: Draft[]; after: number },
): Promise<void> {
  const rows = await readTweets(pool, after);
  const byKey = new Map(rows.map((row) => [row.key, row]));
  for (const draft of drafts) {
    const row = byKey.get(draft.key);
    if (mayBeGone(restores, draft)) checkDoubtful(draft, row, { findings, restores });
    else checkDraft(draft, row, findings);
  }
  const keys = new Set(drafts.map((draft) => draft.key));
  for (const row of rows) {
    if (!row.key || !row.state) findings.add('half there', JSON.stringify(row));
    else if (isOfTask(row)) checkDelivered(row, findings);
    else if (!keys.has(row.key)) findings.add('refused and there', JSON.stringify(row));
  }
}

/** Checks that Postgres has the follows and unfollows that were answered. */
export async function checkEdges(
  { pool, findings, restores = [] }: CheckContext,
  edges: Edges,
): Promise<void> {
  for (const { follower, followee, state } of edges.settled().filter((edge) => !mayBeGone(restores, edge))) {
    const { rowCount } = await pool.query('SELECT FROM follow WHERE followee_id = $1 AND follower_id = $2', [
      followee.id,
      follower.id,
    ]);
    if ((rowCount === 1) !== (state === 'on'))
      findings.add('answer not kept', `${follower.handle} → ${followee.handle} was answered to be ${state}`);
  }
}

function checkDraft(draft: Draft, row: TweetRow | undefined, findings: Findings): void {
  const { key, accepted } = draft;
  if (new Set(accepted).size > 1)
    findings.add('answers differ', `key ${key}: ${[...new Set(accepted)].join(' and ')}`);
  if (accepted.length > 0 && !isTheTweetOf(draft, row))
    findings.add('lost', `key ${key} was answered with ${accepted[0]}, there is ${JSON.stringify(row)}`);
  if (row && accepted.length === 0 && draft.open === 0)
    findings.add('refused and there', `key ${key}: ${JSON.stringify(row)}`);
  if (row) checkEnd(draft, row, findings);
}

/** A restore may have taken this tweet. It must be whole and delivered, or gone and reported as gone. */
function checkDoubtful(
  { key, tweetId }: Draft,
  row: TweetRow | undefined,
  { findings, restores }: Required<Omit<CheckContext, 'pool'>>,
): void {
  if (row && row.state !== 'cancelled') checkDelivered(row, findings);
  if (!row && tweetId !== null && !isReported(restores, tweetId))
    findings.add('lost', `key ${key}: tweet ${tweetId} is gone, and no report of a loss has it`);
}

function isTheTweetOf({ tweetId, text, author }: Draft, row: TweetRow | undefined): boolean {
  return row?.id === tweetId && row?.text === text && row?.authorId === author.id;
}

/** A tweet that is in Postgres must be delivered, even without an answer, unless it was deleted on its way. */
function checkEnd({ deletion }: Draft, row: TweetRow, findings: Findings): void {
  const cancelled = row.state === 'cancelled' && deletion !== 'none';
  if (!cancelled) checkDelivered(row, findings);
  if (deletion === 'answered' && !row.deleted)
    findings.add('answer not kept', `tweet ${row.id} was answered to be deleted`);
}

function checkDelivered({ id, authorId, state }: TweetRow, findings: Findings): void {
  if (state !== 'delivered') findings.add('lost', `tweet ${id} of user ${authorId} is ${state}`);
}
