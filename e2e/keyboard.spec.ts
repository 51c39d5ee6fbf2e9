import { expect, type Locator, type Page } from '@playwright/test';
import { ordinary } from '#prisma/seed/demo/ordinary.ts';
import { newText } from './new-text.ts';
import { openLive } from './open-live.ts';
import { composer, headline, statusStrip, tweet } from './screen.ts';
import { test } from './walkthrough.ts';

test('the first minute by keyboard alone', async ({ page }) => {
  const text = newText('Oiled everything that squeaks, including the door.');
  await openLive(page, '/');
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();
  await page.keyboard.press('Enter');
  await tabTo(page.getByRole('button', { name: `Post as ${ordinary.name}` }));
  await page.keyboard.press('Enter');
  await expect(composer(page)).toBeFocused();
  await page.keyboard.type(text);
  await page.keyboard.press('Control+Enter');
  await expect(composer(page)).toBeFocused();
  const end = tweet(page, text).getByRole('link', { name: /^Delivered to 12/ });
  await expect(end).toBeVisible();
  await tabTo(end);
  await page.keyboard.press('Enter');
  await expect(headline(page)).toContainText(/12 of 12.*0 missing · 0 twice/);
});

test('single keys walk, write, help, switch and pause', async ({ visit }) => {
  const page = await visit(ordinary);
  await walk(page);

  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Help' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog', { name: 'Help' })).toBeHidden();

  await page.keyboard.press('a');
  await expect(page.getByRole('dialog', { name: 'Act as' })).toBeVisible();
  await page.keyboard.press('Escape');

  await page.keyboard.press('p');
  await expect(statusStrip(page)).toContainText('live paused');
  await page.keyboard.press('p');
  await expect(statusStrip(page)).toContainText('behind');

  await page.keyboard.press('n');
  await expect(composer(page)).toBeFocused();
  await page.keyboard.type('a?j');
  await expect(composer(page)).toHaveValue('a?j');
  await expect(page.getByRole('dialog')).toHaveCount(0);
});

test('single keys can be switched off, and Ctrl+Enter still posts', async ({ visit }) => {
  const text = newText('Closed early. The tide was worth it.');
  const page = await visit(ordinary);
  await page.keyboard.press('n');
  await tabTo(page.getByRole('button', { name: 'Settings' }), 'Shift+Tab');
  await page.keyboard.press('Enter');
  const shortcuts = page.getByRole('switch', { name: /^Single-key shortcuts/ });
  await tabTo(shortcuts);
  await page.keyboard.press('Space');
  await expect(shortcuts).not.toBeChecked();
  await page.keyboard.press('Escape');
  await expect(shortcuts).toBeHidden();

  for (const key of ['a', '?', 'p', 'j', 'n']) await page.keyboard.press(key);
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(statusStrip(page)).not.toContainText('paused');
  await expect(composer(page)).not.toBeFocused();

  await tabTo(composer(page));
  await page.keyboard.type(text);
  await page.keyboard.press('Control+Enter');
  await expect(tweet(page, text)).toContainText('Delivered to 12');
});

/** `j` and `k` move the real focus, from the first article in the window. */
async function walk(page: Page) {
  const articles = page.getByRole('article');
  await page.keyboard.press('j');
  await expect(articles.nth(0)).toBeFocused();
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await expect(articles.nth(2)).toBeFocused();
  await expect(articles.nth(2)).toBeInViewport();
  await page.keyboard.press('k');
  await expect(articles.nth(1)).toBeFocused();
}

const FAR = 60; // stops of the focus; nobody would press Tab more often

/** Presses Tab until the target has the focus. */
async function tabTo(target: Locator, key = 'Tab'): Promise<void> {
  const isThere = () => target.evaluate((element) => element === document.activeElement);
  for (let stops = 0; stops < FAR && !(await isThere()); stops++) await target.page().keyboard.press(key);
  await expect(target).toBeFocused();
}
