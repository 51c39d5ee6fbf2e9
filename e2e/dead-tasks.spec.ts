import { expect } from '@playwright/test';
import { demoOperator as operator } from '#dev/operators.ts';
import { idOfDemo } from '#prisma/seed/audiences.ts';
import { ordinary } from '#prisma/seed/demo/ordinary.ts';
import { popular } from '#prisma/seed/demo/popular.ts';
import { idRow, inLedger, rowInLedger } from './ledger.ts';
import { expectNoViolations } from './no-violations.ts';
import { test } from './walkthrough.ts';

test('a task that cannot be done is a dead letter with its error, is retried from there, or discarded', async ({
  visit,
}) => {
  const [mended, hopeless] = [await askBroken(ordinary.handle), await askBroken(popular.handle)];
  const page = await visit(operator, '/console');
  const letters = page.getByRole('region', { name: 'Dead letters' });
  const task = (id: number) => letters.getByRole('listitem').filter({ hasText: `task ${id} ` });
  const group = letters.getByRole('region', { name: /^Tasks that died of: data: / });
  await expect(group).toContainText(`task ${hopeless} `);
  await expect(task(mended)).toContainText(`asked by @${ordinary.handle} · 1 attempt`);
  await expect(task(hopeless)).toContainText(`asked by @${popular.handle}`);
  await expectNoViolations(page, '#content');
  const listed = await (await page.request.get('/api/queue')).json();
  expect(listed.deadTasks).toContainEqual(
    expect.objectContaining({ id: mended, kind: 'suggestions', handle: ordinary.handle, attempts: 1 }),
  );

  await inLedger(`UPDATE task SET data = '{}' WHERE id = $1`, [mended]);
  await task(mended)
    .getByRole('button', { name: `Retry task ${mended}` })
    .press('Enter');
  await expect(letters).toContainText('Another chance for 1 task.');
  await expect(task(mended)).toHaveCount(0);
  await expect
    .poll(() => inLedger('SELECT state FROM task WHERE id = $1', [mended]), { timeout: 20_000 })
    .toEqual([{ state: 'succeeded' }]);

  await task(hopeless)
    .getByRole('button', { name: `Discard task ${hopeless} …` })
    .press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Discard dead letters?' });
  await expect(dialog).toContainText(`Task ${hopeless} stays in the ledger as cancelled`);
  await dialog.getByRole('button', { name: 'Discard', exact: true }).press('Enter');
  await expect(letters).toContainText('Discarded 1 task for good.');
  await expect(task(hopeless)).toHaveCount(0);
});

/** Asks for a task whose data its kind refuses, so that it is given up at its first attempt. */
async function askBroken(handle: string): Promise<number> {
  const { id } = await rowInLedger(
    idRow,
    `INSERT INTO task (kind, data, account_id) VALUES ('suggestions', '{"accountId":"nobody"}', $1) RETURNING id`,
    [idOfDemo(handle)],
  );
  return id;
}
