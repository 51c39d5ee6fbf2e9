import { expect, type Page } from '@playwright/test';
import { openRedis } from '#core/redis.ts';
import { followsEverybody } from '#prisma/seed/demo/follows-everybody.ts';
import { ordinary } from '#prisma/seed/demo/ordinary.ts';
import { newText } from './new-text.ts';
import { openLive } from './open-live.ts';
import { postByApi } from './post.ts';
import { theApp } from './processes.ts';
import { tweet } from './screen.ts';
import { test } from './walkthrough.ts';

// By its name this runs after timelines-away.spec.ts, because it empties the timelines too.

test('emptied timelines show no hole: the same tweets are there, and the next one arrives', async ({
  visit,
}) => {
  const before = newText('Forty bells, one for each bicycle that never came back.');
  const after = newText('A forty-first bell.');
  const author = await visit(ordinary);
  await postByApi(author.request, ordinary, before);
  const reader = await visit(followsEverybody);
  await expect(tweet(reader, before)).toBeVisible();
  const shown = await tweetsOn(reader);

  const timelines = openRedis(theApp().timelineRedisUrl, 'nemesis');
  await timelines.flushall();
  timelines.disconnect();
  await openLive(reader, '/home');
  expect(await tweetsOn(reader)).toEqual(shown);

  await postByApi(author.request, ordinary, after);
  await expect(reader.getByRole('button', { name: '1 new tweet' })).toBeVisible();
  await reader.getByRole('button', { name: '1 new tweet' }).click();
  await expect(tweet(reader, after)).toHaveCount(1);
  await expect(tweet(reader, before)).toHaveCount(1);
});

/** The texts of the tweets on the page, in their order. */
const tweetsOn = (page: Page): Promise<string[]> => page.getByRole('article').locator('p').allInnerTexts();
