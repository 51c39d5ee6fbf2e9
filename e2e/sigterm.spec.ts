import { expect, type Page } from '@playwright/test';
import { followsEverybody } from '#prisma/seed/demo/follows-everybody.ts';
import { ordinary } from '#prisma/seed/demo/ordinary.ts';
import { countTweets } from './count-tweets.ts';
import { newText } from './new-text.ts';
import { expectLive } from './open-live.ts';
import { typeAndPost } from './post.ts';
import { isRunning, signalPart } from './processes.ts';
import { tweet } from './screen.ts';
import { test } from './walkthrough.ts';

/** The supervisor kills a web process that has not ended by then. */
const DEADLINE = 2_400; // ms

test('on SIGTERM the web process ends with streams open, and the pages come back by themselves', async ({
  visit,
}) => {
  const before = newText('Rain again. Customers again.');
  const after = newText('Still raining. The cellar has a tide now.');
  const author = await visit(ordinary);
  const reader = await visit(followsEverybody);
  await typeAndPost(author, before);
  await expect(reader.getByRole('button', { name: '1 new tweet' })).toBeVisible();
  const loads = [await countLoad(author), await countLoad(reader)];

  const pid = signalPart('web', 'SIGTERM');
  if (pid === undefined) throw new Error('Expected a web process, found none');
  await expect.poll(() => isRunning(pid), { timeout: DEADLINE, intervals: [50] }).toBe(false);
  // This is posted in the gap in which no web process can take it.
  await typeAndPost(author, after);
  await expect(tweet(author, after)).toBeVisible();

  await expectLive(author);
  await expectLive(reader);
  await expect(tweet(author, after)).toContainText('Delivered to 12', { timeout: 15_000 });
  await expect(reader.getByRole('button', { name: '2 new tweets' })).toBeVisible();
  expect(await countTweets(author.request, ordinary, after)).toBe(1);
  expect([await countLoad(author), await countLoad(reader)]).toEqual(loads);
});

/** When the page was loaded. After a reload this is another figure. */
const countLoad = (page: Page): Promise<number> => page.evaluate(() => performance.timeOrigin);
