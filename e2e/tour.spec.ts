import { expect } from '@playwright/test';
import { expectLive, openLive } from './open-live.ts';
import { headline } from './screen.ts';
import { test } from './walkthrough.ts';

test('the tour leads from Welcome through its experiments by keyboard, can be left, and goes on where it was', async ({
  page,
}) => {
  test.setTimeout(120_000);
  await openLive(page, '/');
  await page.getByRole('link', { name: 'Take the tour' }).press('Enter');
  await expect(headline(page)).toHaveText('Tour');
  await page.getByRole('button', { name: /^Act as .+, an operator$/ }).press('Enter');
  const steps = page.getByRole('region', { name: 'Steps of the tour' });
  await expect(steps.getByRole('listitem')).toHaveCount(4);
  for (const title of ['A worker is killed in mid-chunk', 'Everything is delivered twice']) {
    await expect(steps.getByRole('article', { name: title })).toBeVisible();
    await steps.getByRole('button', { name: 'Skip this one' }).press('Enter');
  }
  await steps.getByRole('link', { name: 'Leave the tour' }).press('Enter');
  await page.getByRole('link', { name: 'Go on with the tour: 3 of 4' }).press('Enter');
  await steps.getByRole('button', { name: 'Skip this one' }).press('Enter');

  const last = steps.getByRole('article', { name: 'A celebrity before fifty ordinary people' });
  await last.getByRole('radio', { name: /Nearly all before/ }).press('Space');
  await last.getByLabel(/^How many/).fill('5');
  await last.getByRole('button', { name: 'Run the experiment' }).press('Enter');
  await page.waitForFunction(() => /"runs":\["\d/.test(localStorage.getItem('learned') ?? ''));
  await page.reload();
  await expectLive(page);
  await expect(last.getByRole('region', { name: 'Verdict' })).toContainText('Measured:', { timeout: 60_000 });
  await expect(last.getByRole('region', { name: 'Why' })).toContainText('worker/lanes.ts');
  await steps.getByRole('button', { name: 'Finish the tour' }).press('Enter');
  await expect(steps.getByRole('status')).toContainText('the verdict of 1 of 4 experiments');
  await expect(steps.getByRole('listitem').last().getByLabel('done')).toBeVisible();
});
