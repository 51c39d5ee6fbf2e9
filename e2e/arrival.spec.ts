import { expect, type Locator } from '@playwright/test';
import { SECOND } from '#core/durations.ts';
import { followsEverybody } from '#prisma/seed/demo/follows-everybody.ts';
import { ordinary } from '#prisma/seed/demo/ordinary.ts';
import { newText } from './new-text.ts';
import { noteAppearance, noteKeyPress } from './note-times.ts';
import { typeAndPost } from './post.ts';
import { tweet } from './screen.ts';
import { test } from './walkthrough.ts';

const PROMISED = SECOND; // from the key press to the other screen; about 100 on an idle machine

test('a tweet reaches a second browser within a second and moves nothing that is read there', async ({
  visit,
}) => {
  const text = newText('Swapped a chain for two mackerel.');
  const author = await visit(ordinary);
  const reader = await visit(followsEverybody);
  const read = reader.getByRole('article').nth(8);
  await scrollTo(read);
  const before = await read.boundingBox();

  const pill = reader.getByRole('button', { name: '1 new tweet' });
  const [pressedAt, shownAt] = [noteKeyPress(author), noteAppearance(reader, 'new tweet')];
  await typeAndPost(author, text);
  await expect(pill).toBeVisible();
  expect((await shownAt) - (await pressedAt)).toBeLessThan(PROMISED);
  expect(await read.boundingBox()).toEqual(before);
  await expect(tweet(reader, text)).toHaveCount(0);

  await reader.keyboard.press('.');
  await expect(tweet(reader, text)).toBeFocused();
  await expect(tweet(reader, text)).toBeInViewport();
  await expect(pill).toHaveCount(0);
});

test('an own tweet is on screen at once and never waits behind the pill', async ({ visit }) => {
  const text = newText('Somebody returned the pump. Faith restored, tyres too.');
  const author = await visit(ordinary);
  await typeAndPost(author, text);
  await expect(tweet(author, text)).toContainText('Delivered to 12');
  await expect(author.getByRole('button', { name: /new tweet/ })).toHaveCount(0);
  await expect(tweet(author, text)).toHaveCount(1);
});

/** Puts it in the middle of the window, and the mouse on it. Hovering waits until it stands still. */
async function scrollTo(article: Locator): Promise<void> {
  await article.evaluate((element) => element.scrollIntoView({ block: 'center' }));
  await article.hover();
}
