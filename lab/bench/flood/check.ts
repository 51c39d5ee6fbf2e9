import { z } from 'zod';
import { postgresClock } from '#core/postgres.ts';
import { readRow } from '#core/rows.ts';
import { checkAnswers } from '#lab/check/check-answers.ts';
import { type CheckedTimelines, checkTimelines } from '#lab/check/check-round.ts';
import { untilFinished, untilSettled } from '#lab/check/settled.ts';
import { type Draft, newDraft, noteOnly } from '#lab/clients/post.ts';
import type { Caller } from '#lab/clients/session.ts';
import type { Findings } from '#lab/harness/findings.ts';
import type { RunningApp } from '#lab/stage/application.ts';
import { untilNothingLeft } from '#lab/stage/web-at-rest.ts';
import type { Crowd } from './crowd.ts';
import type { Deeds } from './order.ts';

/** When the measuring began: everything since then is checked. */
export type Began = { at: Date; tweetId: number };

const newestRow = z.object({ tweetId: z.number() });

/** Notes the time and the newest tweet. */
export async function begin({ pool }: RunningApp): Promise<Began> {
  const text = 'SELECT coalesce(max(id), 0) AS "tweetId" FROM tweet';
  return { at: await postgresClock(pool), ...(await readRow(pool, newestRow, { text })) };
}

const FINISH = 120_000; // ms; the last tweets that were admitted may wait for MAX_WAIT_S

/** Waits until all is delivered, and compares every answer, to ordinary people and to intruders, with what there is. */
export async function checkFlood(
  { app, crowd, began }: { app: RunningApp; crowd: Crowd; began: Began },
  { drafts, deeds, warmUp }: { drafts: Draft[]; deeds: Deeds; warmUp: Deeds },
  findings: Findings,
): Promise<CheckedTimelines> {
  const { pool, store } = app;
  await untilFinished(pool, FINISH).catch((error) => findings.add('stuck', String(error)));
  await untilSettled(store, FINISH).catch((error) => findings.add('stuck', String(error)));
  for (const left of await untilNothingLeft(app.url)) findings.add('left over', left);
  const all = [...drafts, ...draftsOf(warmUp, crowd), ...draftsOf(deeds, crowd)];
  await checkAnswers({ pool, findings }, { drafts: all, after: began.tweetId });
  for (const { name, answers } of [...warmUp.harms, ...deeds.harms])
    if (answers[500]) findings.add('unexpected answer', `${name}: 500, ${answers[500]} times`);
  return checkTimelines({ pool, timelines: store }, findings, { since: began.at, sample: crowd.everybody });
}

/** The posts of the intruders as drafts. What they were promised must be kept as well. */
function draftsOf({ posts }: Deeds, { order }: Crowd): Draft[] {
  const authors = new Map(order.intruders.map((account) => [account.id, { ...account, url: order.url }]));
  return posts.map(({ key, text, authorId, status, answer }) => {
    const draft = { ...newDraft(callerOf(authors, authorId), key), text };
    noteOnly(draft, { status, text: answer });
    return draft;
  });
}

function callerOf(authors: Map<number, Caller>, id: number): Caller {
  const author = authors.get(id);
  if (!author) throw new Error(`Expected an intruder, got user ${id}`);
  return author;
}
