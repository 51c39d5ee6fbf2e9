import type pg from 'pg';
import { z } from 'zod';
import { readRows } from '#core/rows.ts';
import { TWEET_TASK, tweetTaskData } from '#core/tweets/schedule-tweet.ts';
import type { Content, Scheduled } from '#lab/clients/schedule.ts';
import type { Findings } from '#lab/harness/findings.ts';
import { mayBeGone } from '#lab/harness/restores.ts';
import { type CheckContext, isOfTask, readTweets, type TweetRow } from './round-tweets.ts';

const taskRow = z.object({
  id: z.number(),
  state: z.string(),
  error: z.string().nullable(),
  data: tweetTaskData,
});
type TaskRow = z.infer<typeof taskRow>;

/** What became of a scheduled tweet. There may be one task and one tweet at most. */
type Found = { task: TaskRow | undefined; tweets: TweetRow[] };

/**
 * Compares every tweet that was to be posted later with what there is. It must have been posted once, not before its
 * time, and with the content of the last answer. A cancelled one must not have been posted. Whether a tweet was
 * delivered is checked as for any other.
 */
export async function checkScheduled(
  { pool, findings, restores = [] }: CheckContext,
  { scheduled, after }: { scheduled: Scheduled[]; after: { tweetId: number; taskId: number } },
): Promise<void> {
  const tasks = await readTasks(pool, after.taskId);
  const tweets = (await readTweets(pool, after.tweetId)).filter(isOfTask);
  for (const wanted of scheduled.filter((each) => !mayBeGone(restores, each))) {
    const mine = tasks.filter((task) => isOf(wanted, task.data.text));
    if (mine.length > 1) findings.add('twice', `key ${wanted.key} has tasks ${mine.map(({ id }) => id)}`);
    checkOne(wanted, { task: mine[0], tweets: tweets.filter(({ text }) => isOf(wanted, text)) }, findings);
  }
  const foreign = tweets.filter(({ text }) => !scheduled.some((wanted) => isOf(wanted, text)));
  for (const tweet of foreign) findings.add('refused and there', JSON.stringify(tweet));
}

async function readTasks(pool: pg.Pool, after: number): Promise<TaskRow[]> {
  return readRows(pool, taskRow, {
    text: 'SELECT id, state, error, data FROM task WHERE id > $1 AND kind = $2',
    values: [after, TWEET_TASK],
  });
}

const isOf = ({ content, edit }: Scheduled, text: string) => text === content.text || text === edit?.text;

function checkOne(wanted: Scheduled, found: Found, findings: Findings): void {
  const { key, accepted, open, taskId } = wanted;
  const { task, tweets } = found;
  if (new Set(accepted).size > 1)
    findings.add('answers differ', `key ${key}: tasks ${[...new Set(accepted)].join(' and ')}`);
  if (accepted.length > 0 && task?.id !== taskId)
    findings.add('lost', `key ${key} was answered with task ${taskId}, there is ${JSON.stringify(task)}`);
  if (task && accepted.length === 0 && open === 0)
    findings.add('refused and there', `key ${key}: ${JSON.stringify(task)}`);
  if (tweets.length > 1) findings.add('twice', `key ${key} was posted as ${tweets.map(({ id }) => id)}`);
  if (task) checkEnd(wanted, { ...found, task }, findings);
  for (const tweet of tweets) checkContent(wanted, tweet, findings);
}

/** A cancelled task must have no tweet, and a succeeded one must have one. */
function checkEnd(wanted: Scheduled, { task, tweets }: Found & { task: TaskRow }, findings: Findings): void {
  const about = `scheduled tweet ${wanted.key}, task ${task.id}`;
  const hasLeft = tweets.length > 0;
  switch (task.state) {
    case 'succeeded':
      if (!hasLeft) findings.add('lost', `${about} is done and was not posted`);
      break;
    case 'cancelled':
      if (hasLeft) findings.add('cancelled and there', `${about}: ${JSON.stringify(tweets)}`);
      if (wanted.cancel === 'none') findings.add('lost', `${about} is cancelled, which nobody asked for`);
      break;
    default:
      findings.add('lost', `${about} is ${task.state}: ${task.error}`);
  }
  if (wanted.cancel === 'cancelled' && task.state !== 'cancelled')
    findings.add('answer not kept', `${about} was shown as cancelled and is ${task.state}`);
  if (wanted.cancel === 'too late' && task.state !== 'succeeded')
    findings.add('answer not kept', `${about} was shown as posted and is ${task.state}`);
}

function checkContent(wanted: Scheduled, tweet: TweetRow, findings: Findings): void {
  const content = possible(wanted).find(({ text }) => text === tweet.text);
  const about = `scheduled tweet ${wanted.key}`;
  if (!content || tweet.authorId !== wanted.author.id)
    findings.add('answer not kept', `${about} was posted as ${JSON.stringify(tweet)}`);
  else if (tweet.createdAt < content.dueAt)
    findings.add('left early', `${about} by ${content.dueAt - tweet.createdAt} ms`);
}

/** What the tweet may say in the end. When the change was not answered, it may say either. */
function possible({ content, edit }: Scheduled): Content[] {
  if (!edit || edit.answer === 'refused') return [content];
  return edit.answer === 'done' ? [edit] : [content, edit];
}
