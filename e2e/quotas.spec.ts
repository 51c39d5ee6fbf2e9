import { expect } from '@playwright/test';
import { newcomer } from '#prisma/seed/demo/newcomer.ts';
import { ordinary } from '#prisma/seed/demo/ordinary.ts';
import { inLedger } from './ledger.ts';
import { openLive } from './open-live.ts';
import { test } from './walkthrough.ts';

/** The ledger is told that the account has used up its quota, because really doing so would take a minute or a day. */
const OWN = `(SELECT id FROM "user" WHERE handle = $1)`;
const doneAsOftenAs = (thing: string, most: number) =>
  inLedger(
    `INSERT INTO account_rate (account_id, thing, times) VALUES (${OWN}, $2, array_fill(clock_timestamp(), ARRAY[$3::int]))
     ON CONFLICT (account_id, thing) DO UPDATE SET times = excluded.times`,
    [newcomer.handle, thing, most],
  );

test.afterEach(async () => {
  await inLedger(`DELETE FROM account_rate WHERE account_id = ${OWN}`, [newcomer.handle]);
  await inLedger(`DELETE FROM schedule WHERE account_id = ${OWN}`, [newcomer.handle]);
  await inLedger(`UPDATE schedule SET skipped = 0 WHERE name = 'trends'`);
});

test('whoever follows too many is told how many, and when to come again; nobody else is', async ({
  visit,
}) => {
  const page = await visit(newcomer, `/u/${ordinary.handle}`);
  await doneAsOftenAs('follows', 60);
  const follow = page.getByRole('button', { name: `Follow @${ordinary.handle}` });
  await follow.click();
  await expect(page.getByRole('alert').filter({ hasText: 'Not changed' })).toHaveText(
    /Not changed\. Expected at most 60 follows within 60 s of one account, there are 60\. Try again in \d+ s\./,
  );
  await expect(follow).toHaveAttribute('aria-pressed', 'false');
});

test('the tasks page says what was refused and why, and how many runs of a schedule were skipped', async ({
  visit,
}) => {
  await inLedger(
    `INSERT INTO schedule (name, kind, data, account_id, cron, enabled, next_at)
     SELECT 'full-' || n, 'trends', '{}', ${OWN}, '0 0 1 1 *', false, now() FROM generate_series(1, 20) n`,
    [newcomer.handle],
  );
  await inLedger(`UPDATE schedule SET skipped = 3 WHERE name = 'trends'`);
  await doneAsOftenAs('archives', 20);
  const page = await visit(newcomer, '/tasks');
  await expect(page.getByText('3 runs skipped: the one before was not over')).toBeVisible();

  await page.getByRole('button', { name: 'Pack my archive' }).click();
  await expect(
    page.getByText(/Expected at most 20 archives asked for within a day of one account/),
  ).toBeVisible();

  await page.getByText('Count trends on a schedule of your own').click();
  const form = page.getByRole('form', { name: 'New schedule' });
  await form.getByRole('textbox', { name: 'Name' }).fill('one-too-many');
  await form.getByRole('button', { name: 'Add' }).click();
  await expect(
    form.getByText(/Expected at most 20 schedules of one account, there are 20\. Remove/),
  ).toBeVisible();
  await inLedger(`DELETE FROM schedule WHERE name = 'full-1'`);
  await form.getByRole('button', { name: 'Add' }).click();
  await expect(form.getByText('one-too-many added.')).toBeVisible();
  await openLive(page, '/tasks');
  await expect(page.getByRole('listitem').filter({ hasText: 'one-too-many' })).toBeVisible();
});
