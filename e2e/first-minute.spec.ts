import { expect } from '@playwright/test';
import { ordinary } from '#prisma/seed/demo/ordinary.ts';
import { holdPost } from './hold-post.ts';
import { newText } from './new-text.ts';
import { openLive } from './open-live.ts';
import { typeAndPost } from './post.ts';
import { composer, headline, tweet } from './screen.ts';
import { test } from './walkthrough.ts';

test('a tweet is on screen before its answer, then accepted, then delivered to all twelve', async ({
  page,
}) => {
  const text = newText('The first customer of the day rode in on the rim.');
  await openLive(page, '/');
  await page.getByRole('button', { name: `Post as ${ordinary.name}` }).click();
  await expect(composer(page)).toBeFocused();
  await expect(page.getByText('goes to 12 followers · 1 chunk')).toBeVisible();

  const held = await holdPost(page);
  await typeAndPost(page, text);
  const card = tweet(page, text);
  await expect(card).toContainText('Sending…');
  await expect(composer(page)).toHaveValue('');
  await held.made;

  // While live is paused the page hears nothing of the delivery, so the moment after the 202 stands still.
  await page.getByRole('button', { name: 'Pause live' }).click();
  held.letGo();
  await expect(card).toContainText(/Accepted in (\d+ ms|[\d.]+ s)/);
  await expect(card).not.toContainText('Delivered');

  await page.getByRole('button', { name: 'Paused live' }).click();
  await card.getByRole('link', { name: /^Delivered to 12 in .+ ✓$/ }).click();
  await expect(page).toHaveURL(/\/t\/\d+\/delivery$/);
  await expect(headline(page)).toContainText(/12 of 12.*0 missing · 0 twice/);
  await expect(page.getByText(text)).toBeVisible();
});
