import { expect } from '@playwright/test';
import { ordinary } from '#prisma/seed/demo/ordinary.ts';
import { idRow, inLedger, rowInLedger } from './ledger.ts';
import { newText } from './new-text.ts';
import { expectNoViolations } from './no-violations.ts';
import { openLive } from './open-live.ts';
import { typeAndPost } from './post.ts';
import { headline, tweet } from './screen.ts';
import { signIn } from './sign-in.ts';
import { test } from './walkthrough.ts';

test('an audit says how far it is while another one runs, and has its turn', async ({ page }) => {
  await signIn(page.request, ordinary);
  await openLive(page, '/home');
  const text = newText('Count the spoons again, please.');
  await typeAndPost(page, text);
  const delivered = tweet(page, text).getByRole('link', { name: /^Delivered to/ });
  await expect(delivered).toBeVisible();
  const { id: tweetId } = await rowInLedger(idRow, 'SELECT id FROM tweet WHERE text = $1', [text]);
  // Another web process reads the same tweet back.
  await inLedger(
    `INSERT INTO audit_line (tweet_id, running, read, expected, leased_until)
     VALUES ($1, true, 5, 12, now() + interval '1 hour')`,
    [tweetId],
  );
  await delivered.click();
  const panel = page.getByRole('region', { name: 'Audit' });
  await expect(panel).toContainText('5 of 12 timelines read.');
  await expect(panel.getByRole('progressbar', { name: 'Timelines read' })).toBeVisible();
  await expectNoViolations(page, '#content');

  await inLedger('DELETE FROM audit_line WHERE tweet_id = $1 AND running', [tweetId]);
  await expect(panel).toContainText('Nobody was missed, and nobody got it twice.');
  await expect(panel.getByRole('progressbar')).toHaveCount(0);
  await expect(headline(page)).toContainText('0 missing · 0 twice');
});

test('the page of a tweet says what is no longer kept: first its chunks, then its delivery', async ({
  page,
}) => {
  await signIn(page.request, ordinary);
  await openLive(page, '/home');
  const text = newText('The guest book of last century is gone.');
  await typeAndPost(page, text);
  const delivered = tweet(page, text).getByRole('link', { name: /^Delivered to/ });
  await expect(delivered).toBeVisible();
  const { id: tweetId } = await rowInLedger(idRow, 'SELECT id FROM tweet WHERE text = $1', [text]);
  const move = (table: 'chunk' | 'fan_out', from: number, to: number) =>
    inLedger(`UPDATE ${table} SET tweet_id = $2 WHERE tweet_id = $1`, [from, to]);
  try {
    await move('chunk', tweetId, -tweetId);
    await delivered.click();
    const forgotten = page.getByRole('region', { name: /^Chunks/ });
    await expect(forgotten).toContainText('the ledger has forgotten its 1 chunk');
    await expect(headline(page)).toContainText('12 of 12 delivered');
    await expect(page.getByRole('region', { name: 'Audit' })).toHaveCount(0);
    await expectNoViolations(page, '#content');

    await move('fan_out', tweetId, -tweetId);
    await page.reload();
    await expect(headline(page)).toHaveText('This delivery is no longer kept');
    await expectNoViolations(page, '#content');
  } finally {
    // Those who come after find a ledger that keeps its rules.
    for (const table of ['fan_out', 'chunk'] as const) await move(table, -tweetId, tweetId);
  }
});
