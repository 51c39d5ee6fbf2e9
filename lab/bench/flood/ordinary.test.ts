import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkAnswers } from '#lab/check/check-answers.ts';
import { newDraft, noteOnly } from '#lab/clients/post.ts';
import { type Caller, signIn } from '#lab/clients/session.ts';
import { Findings } from '#lab/harness/findings.ts';
import { untilNothingLeft } from '#lab/stage/web-at-rest.ts';
import { addDemoAccount } from '#testing/people.ts';
import { openWebStage, type WebStage } from '#testing/web-stage.ts';
import { openWorld, type World } from '#testing/world.ts';
import { OrdinaryLoad } from './ordinary.ts';

let world: World;
let stage: WebStage;
let ada: Caller;
beforeAll(async () => {
  world = await openWorld();
  await addDemoAccount(world.postgres.pool, { id: 1, handle: 'ada' });
  stage = await openWebStage(world, { POSTS_PER_MINUTE: '3' });
  ada = await signIn(stage.url, { id: 1, handle: 'ada' });
});
afterAll(async () => {
  await stage.stop();
  await world.close();
});

it('posts and reads at its pace, counts what is refused, and notes each answer for the checker', async () => {
  const load = new OrdinaryLoad({ authors: [ada], readers: [ada] });
  const seen = await load.run({ posts: 20, reads: 50 }, 500);
  load.hangUp();
  const accepted = seen.drafts.filter(({ tweetId }) => tweetId !== null);
  expect(accepted).toHaveLength(3);
  expect(seen.posts.length).toBeGreaterThan(3);
  expect([...seen.refused]).toEqual([['429', seen.posts.length - 3]]);
  expect(seen.drafts.map(({ refused }) => refused)).toContain(1);
  expect(seen.reads.length).toBeGreaterThan(3);
  const findings = new Findings();
  const context = { pool: world.postgres.pool, findings };
  await checkAnswers(context, { drafts: seen.drafts, after: 0 });
  expect(findings.lines()).toEqual([]);
  await checkAnswers(context, { drafts: accepted.slice(1), after: 0 });
  expect(findings.kinds()).toEqual(['refused and there']);
  expect(await untilNothingLeft(stage.url)).toEqual([]);
});

it('takes an answer for a refusal only when it says that nothing was begun', () => {
  const noted = (status: number | null, type: string) => {
    const draft = newDraft(ada, 'a-key');
    noteOnly(draft, { status, text: JSON.stringify({ type }) });
    return [draft.refused, draft.open];
  };
  expect(noted(429, '/problems/over-rate')).toEqual([1, 0]);
  expect(noted(503, '/problems/too-busy')).toEqual([1, 0]);
  expect(noted(503, '/problems/unavailable')).toEqual([0, 1]);
  expect(noted(500, '/problems/internal')).toEqual([0, 1]);
  expect(noted(null, '')).toEqual([0, 1]);
});
