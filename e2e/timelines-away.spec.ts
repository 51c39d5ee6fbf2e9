import { expect, type Page } from '@playwright/test';
import { ordinary } from '#prisma/seed/demo/ordinary.ts';
import { countTweets } from './count-tweets.ts';
import { newText } from './new-text.ts';
import { typeAndPost } from './post.ts';
import { signalPart } from './processes.ts';
import { headline, statusStrip, tweet } from './screen.ts';
import { test } from './walkthrough.ts';

// Walkthroughs run in the order of their names. This one comes after all that need warm timelines: a timeline store that
// is killed forgets its timelines, and they are cold from then on.

const PARTS = [
  { part: 'queue', store: 'the queue', says: 'Tweets are accepted and kept in Postgres' },
  { part: 'timelines', store: 'the timeline store', says: 'Reading works from Postgres' },
];

for (const { part, store, says } of PARTS) {
  test(`while ${store} is away the page says so, posting works, and all is delivered afterwards`, async ({
    visit,
  }) => {
    const text = newText('The lights went out. I know every spoke by touch.');
    const page = await visit(ordinary);
    const loadedAt = await page.evaluate(() => performance.timeOrigin);

    await killUntilNoticed(page, part);
    await expect(page.getByText(says)).toBeVisible();
    await typeAndPost(page, text);
    await expect(tweet(page, text)).toContainText(/Accepted|Stalled|Deliver/);
    expect(await countTweets(page.request, ordinary, text)).toBe(1);

    await expect(statusStrip(page)).toContainText(`${part} ok`, { timeout: 20_000 });
    await expect(page.getByText(says)).toHaveCount(0);
    const end = tweet(page, text).getByRole('link', { name: /^Delivered to / });
    await expect(end).toBeVisible({ timeout: 20_000 });
    expect(await page.evaluate(() => performance.timeOrigin)).toBe(loadedAt);

    await end.click();
    await expect(headline(page)).toContainText('0 missing · 0 twice');
  });
}

/**
 * Kills a server again and again until the page has noticed. The server is back within half a second, and the page
 * hears of its state only every two seconds.
 */
async function killUntilNoticed(page: Page, part: string): Promise<void> {
  await expect(async () => {
    signalPart(part, 'SIGKILL');
    await expect(statusStrip(page)).toContainText(`${part} away`, { timeout: 2_500 });
  }).toPass({ timeout: 30_000 });
}
