import { expect } from '@playwright/test';
import { followsEverybody } from '#prisma/seed/demo/follows-everybody.ts';
import { expectNoViolations } from './no-violations.ts';
import { openLive } from './open-live.ts';
import { headline } from './screen.ts';
import { test } from './walkthrough.ts';

test('a crash at a step shows what becomes of the message on each broker, also by keyboard', async ({
  page,
}) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await openLive(page, '/brokers');
  await expect(headline(page)).toHaveText('Brokers');
  await expect(page.getByRole('main').getByText('queue ok')).toBeVisible();

  await expect(page.getByText('without a receipt').first()).toBeHidden();
  await page.getByRole('button', { name: 'Crash here: effect' }).focus();
  await page.keyboard.press('Enter');

  await expect(page.getByText('without a receipt').first()).toBeVisible();
  await expect(page.getByText('twice', { exact: true }).first()).toBeVisible();
  await expectNoViolations(page);
  await page.getByRole('button', { name: 'Undo the crash: effect' }).click();
  await expect(page.getByText('without a receipt').first()).toBeHidden();
});

test('an operator crashes a step for real, and what was counted stands beside what is recorded', async ({
  visit,
}) => {
  test.setTimeout(120_000);
  const page = await visit(followsEverybody, '/brokers');
  await page.getByRole('button', { name: 'Crash here: effect' }).press('Enter');
  await page.getByRole('button', { name: 'Crash it now at effect, on BullMQ on Redis' }).press('Enter');
  const status = (text: string) => page.getByRole('status').filter({ hasText: text });
  await expect(status('a stage of its own is being built')).toBeVisible({ timeout: 30_000 });
  const counted = status('Counted now');
  await expect(counted).toContainText('0 missing, 0 twice in', { timeout: 90_000 });
  await expect(counted).toContainText(/chunks that were pushed already: [1-9]/);
});
