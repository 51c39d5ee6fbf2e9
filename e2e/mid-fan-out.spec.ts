import { expect, type Page } from '@playwright/test';
import { count } from '#app/ui/figures.ts';
import { celebrity } from '#prisma/seed/demo/celebrity.ts';
import { e2eFollowers } from '#testing/running-app.ts';
import { newText } from './new-text.ts';
import { typeAndPost } from './post.ts';
import { signalPart } from './processes.ts';
import { readBack } from './read-back.ts';
import { headline, statusStrip, tweet } from './screen.ts';
import { test, type Visit } from './walkthrough.ts';

// Walkthroughs run in the order of their names. This one must come before timelines-away.spec.ts, after which no timeline
// is left to deliver to.

const FOLLOWERS = e2eFollowers();

test('a worker that is killed in mid-fan-out is told by its chunks, and nobody is missed', async ({
  visit,
}) => {
  const { page, text } = await beInMidFanOut(visit, 'My drummer left in the second verse. The song went on.');
  signalPart('worker A', 'SIGKILL');

  await openDelivered(page, text);
  // The other worker has taken again what the killed one had in hand.
  const mosaic = page.getByRole('grid', { name: 'Chunks of the fan-out' });
  await expect(mosaic.getByRole('gridcell', { name: /retried|redelivery ignored/ }).first()).toBeVisible();
  await readBack(page, FOLLOWERS);
  await expect(statusStrip(page)).toContainText('workers 2');
});

/** The celebrity's tweet is under way: some have it, and most do not. */
async function beInMidFanOut(visit: Visit, sentence: string): Promise<{ page: Page; text: string }> {
  const text = newText(sentence);
  const page = await visit(celebrity);
  await typeAndPost(page, text);
  await expect(tweet(page, text)).toContainText(/Delivered [1-9][\d,]* of/);
  return { page, text };
}

async function openDelivered(page: Page, text: string): Promise<void> {
  const end = tweet(page, text).getByRole('link', { name: /^Delivered to/ });
  await expect(end).toContainText(`Delivered to ${count(FOLLOWERS)} in`, { timeout: 25_000 });
  await end.click();
  await expect(headline(page)).toContainText(`${count(FOLLOWERS)} of ${count(FOLLOWERS)}`);
}
