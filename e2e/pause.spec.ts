import { expect } from '@playwright/test';
import { demoOperator as operator } from '#dev/operators.ts';
import { ordinary } from '#prisma/seed/demo/ordinary.ts';
import { inLedger } from './ledger.ts';
import { newText } from './new-text.ts';
import { expectNoViolations } from './no-violations.ts';
import { openLive } from './open-live.ts';
import { typeAndPost } from './post.ts';
import { headline, statusStrip, tweet } from './screen.ts';
import { test } from './walkthrough.ts';

test.afterEach(async () => {
  await inLedger('UPDATE backlog SET paused = false');
});

test('deliveries are paused on the console, tweets wait and are called paused, and all go on afterwards', async ({
  visit,
}) => {
  const text = newText('Closed for stocktaking. The spokes are being counted.');
  const console = await visit(operator, '/console');
  const home = await visit(ordinary);

  await console.getByRole('button', { name: 'Pause deliveries' }).press('Enter');
  // Workers look twice a second.
  await expect(console.getByRole('main')).toContainText(/Deliveries are paused for ([2-9]|\d\d) s/);
  await expect(statusStrip(home)).toContainText('2, deliveries paused');

  await typeAndPost(home, text);
  await expect(tweet(home, text)).toContainText('Paused: goes on when deliveries are resumed');
  // Waits for longer than a delivery may stand still before the page calls it stalled.
  await expect(home.getByText(/Deliveries have been paused for ([6-9]|\d\d) s/)).toBeVisible({
    timeout: 15_000,
  });
  await expect(tweet(home, text)).toContainText('Paused');
  await expect(tweet(home, text)).not.toContainText('Stalled');
  await expectNoViolations(console);

  await tweet(home, text).getByRole('link', { name: 'Open console' }).press('Enter');
  await expect(home.getByRole('main')).toContainText(/Deliveries are paused for \d+ s/);
  await console.getByRole('button', { name: 'Resume deliveries' }).press('Enter');
  await expect(home.getByRole('main')).toContainText('Workers take deliveries as they come.');
  await expect(statusStrip(home)).not.toContainText('paused');
  await openLive(home, '/home');
  await tweet(home, text)
    .getByRole('link', { name: /Delivered to 12|^Delivery$/ })
    .first()
    .click();
  await expect(headline(home)).toContainText(/12 of 12.*0 missing · 0 twice/);
});
