import { expect, type Page } from '@playwright/test';
import { count } from '#app/ui/figures.ts';
import { CHUNK_SIZE } from '#core/chunk-size.ts';
import { celebrity } from '#prisma/seed/demo/celebrity.ts';
import { followsEverybody } from '#prisma/seed/demo/follows-everybody.ts';
import { e2eFollowers } from '#testing/running-app.ts';
import { newText } from './new-text.ts';
import { openLive } from './open-live.ts';
import { typeAndPost } from './post.ts';
import { readBack } from './read-back.ts';
import { composer, headline, tweet } from './screen.ts';
import { test } from './walkthrough.ts';
import { watchWords } from './watch-words.ts';

const FOLLOWERS = e2eFollowers();
const CHUNKS = Math.ceil(FOLLOWERS / CHUNK_SIZE);
/** Progress is told at most ten times a second. With fewer deliveries than these it may be told only once. */
const ENOUGH_TO_WATCH = 200_000;

test.setTimeout(90_000);

test('the celebrity’s tweet reaches every follower while one watches, and the audit proves it', async ({
  page,
  visit,
}) => {
  const text = newText('The bus broke down in a field. The field was lovely.');
  await openLive(page, '/');
  await page.getByRole('button', { name: `Post as ${celebrity.name}` }).click();
  await expect(composer(page)).toBeFocused();
  await typeAndPost(page, text);
  const progress = await watchWords(tweet(page, text));
  const end = tweet(page, text).getByRole('link', { name: /^Delivered to/ });
  await expect(end).toContainText(`Delivered to ${count(FOLLOWERS)} in`, { timeout: 30_000 });
  expectProgress(await progress());

  await end.click();
  await expect(headline(page)).toContainText(`${count(FOLLOWERS)} of ${count(FOLLOWERS)}`);
  await walkMosaic(page);
  await readBack(page, FOLLOWERS);
  await expect(headline(page)).toContainText('0 missing · 0 twice');

  const reader = await visit(followsEverybody);
  await expect(tweet(reader, text)).toBeVisible();
});

/** Expects that progress never went back. In a large delivery it must have been seen more than once on its way. */
function expectProgress(words: string[]) {
  const seen = words.flatMap((word) => /Delivered ([\d,]+) of/.exec(word)?.[1] ?? []);
  const figures = seen.map((figure) => Number(figure.replaceAll(',', '')));
  expect(figures).toEqual([...figures].sort((a, b) => a - b));
  const between = figures.filter((figure) => figure > 0 && figure < FOLLOWERS);
  if (FOLLOWERS >= ENOUGH_TO_WATCH) expect(between.length).toBeGreaterThan(1);
}

async function walkMosaic(page: Page) {
  const mosaic = page.getByRole('grid', { name: 'Chunks of the fan-out' });
  const cell = (number: number) => mosaic.getByRole('gridcell', { name: new RegExp(`^Chunk ${number}, `) });
  await expect(mosaic.getByRole('gridcell')).toHaveCount(CHUNKS);
  await cell(1).focus();
  await page.keyboard.press('ArrowRight');
  await expect(cell(2)).toBeFocused();
  await expect(cell(2)).toHaveAccessibleDescription(/Chunk 2: delivered · .* · 4,000 delivered · 0 cold/);
  await page.keyboard.press('PageDown');
  await expect(cell(CHUNKS)).toBeFocused();
  await page.keyboard.press('ArrowLeft');
  await expect(cell(CHUNKS - 1)).toBeFocused();

  await page.keyboard.press('t');
  const table = page.getByRole('region', { name: 'Chunks as a table' });
  await expect(table).toBeFocused();
  await expect(table.getByRole('row')).toHaveCount(CHUNKS + 1);
  await page.keyboard.press('t');
  await expect(mosaic).toBeVisible();
}
