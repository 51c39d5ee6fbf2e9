import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { postTweet } from '#core/tweets/post-tweet.ts';
import { type Draft, newDraft } from '#lab/clients/post.ts';
import { type FindingKind, Findings } from '#lab/harness/findings.ts';
import type { Restore } from '#lab/harness/restores.ts';
import { addUsers } from '#testing/people.ts';
import { openWorld, type World } from '#testing/world.ts';
import { checkAnswers } from './check-answers.ts';

const AUTHOR = { id: 1, handle: 'user1', url: '', cookie: '' };

let world: World;
let draft: Draft;
beforeAll(async () => {
  world = await openWorld();
  await addUsers(world.postgres.pool, [1]);
});
beforeEach(async () => {
  await world.postgres.pool.query('TRUNCATE tweet, fan_out, idempotency_key');
  draft = newDraft(AUTHOR, 'key-of-a-draft');
});
afterAll(() => world.close());

/** Posts it, and notes the answer as the load does. Its author has no followers, so it is delivered at once. */
async function post({ key, text }: Draft): Promise<void> {
  const posted = await postTweet(world.postgres.pool, { authorId: 1, text, idempotencyKey: key });
  if (posted.outcome !== 'posted') throw new Error(posted.outcome);
  draft.tweetId = posted.tweet.id;
  draft.accepted.push('the answer');
}

async function found(drafts: Draft[], restores: Restore[] = []): Promise<FindingKind[]> {
  const findings = new Findings();
  await checkAnswers({ pool: world.postgres.pool, findings, restores }, { drafts, after: 0 });
  return findings.kinds();
}

it('finds nothing wrong with what was answered and is there', async () => {
  await post(draft);
  draft.accepted.push('the answer');
  expect(await found([draft])).toEqual([]);
});
it('finds a tweet that was accepted and is not there', async () => {
  draft.accepted.push('the answer');
  draft.tweetId = 1;
  expect(await found([draft])).toEqual(['lost']);
});

it('takes one for gone that a restore has cut off, if the ledger reports it', async () => {
  draft.accepted.push('the answer');
  draft.tweetId = 8;
  const restore = { from: draft.begun - 1, to: draft.ended + 1 };
  expect(await found([draft], [{ ...restore, lostAfter: 7 }])).toEqual([]);
  expect(await found([draft], [{ ...restore, lostAfter: 8 }])).toEqual(['lost']);
  expect(await found([draft], [{ from: draft.ended + 1, to: draft.ended + 2, lostAfter: 7 }])).toEqual([
    'lost',
  ]);
});
it('finds one that is not delivered in the end', async () => {
  await post(draft);
  await world.postgres.pool.query(`UPDATE fan_out SET state = 'failed', finished_at = now()`);
  expect(await found([draft])).toEqual(['lost']);
});
it('finds two answers for one key', async () => {
  await post(draft);
  draft.accepted.push('another answer');
  expect(await found([draft])).toEqual(['answers differ']);
});

it('finds a deletion that was answered and is not done', async () => {
  await post(draft);
  draft.deletion = 'answered';
  expect(await found([draft])).toEqual(['answer not kept']);
});
