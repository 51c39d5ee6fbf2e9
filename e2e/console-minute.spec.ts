import { expect, type Page } from '@playwright/test';
import { followsEverybody } from '#prisma/seed/demo/follows-everybody.ts';
import { ordinary } from '#prisma/seed/demo/ordinary.ts';
import { newText } from './new-text.ts';
import { postByApi } from './post.ts';
import { signIn } from './sign-in.ts';
import { test } from './walkthrough.ts';

const banner = (page: Page) => page.getByRole('region', { name: 'Broken on purpose' });

test('the console opens with the last minute drawn, also of what happened while nobody looked', async ({
  page,
}) => {
  await signIn(page.request, ordinary);
  await postByApi(page.request, ordinary, newText('Nobody is looking.'));
  await expect(async () => {
    const html = await (await page.request.get('/console')).text();
    const [backlog] = html.match(/aria-label="Backlog, deliveries, last 60 s.*?<\/svg>/) ?? [];
    expect(backlog ?? '').toMatch(/ d="M[\d.]+ [\d.]+(L[\d.]+ [\d.]+)+/);
    expect(html).not.toContain('Waiting for the first sample');
  }).toPass({ timeout: 10_000 }); // the first figures of a process that has just started may be late
});

test('an operator breaks what the console shows, and the chart is marked although it was opened later', async ({
  visit,
}) => {
  const page = await visit(followsEverybody, '/console');
  await page.getByRole('button', { name: 'Freeze worker A' }).press('Enter');
  await expect(banner(page)).toContainText('worker A is frozen');
  await page.getByRole('button', { name: 'Restore worker A' }).press('Enter');
  await expect(banner(page)).toHaveCount(0);
  await page.getByRole('button', { name: 'Empty queue' }).press('Enter');
  const marks = page.getByRole('region', { name: 'Broken or healed on purpose' });
  await expect(marks).toContainText('the queue is being emptied');

  const other = await visit(ordinary, '/console');
  await expect(other.getByRole('region', { name: 'Broken or healed on purpose' })).toContainText(
    'worker A is frozen for 15 s, by hana_reads',
  );
  await expect(other.getByRole('button', { name: 'Empty queue' })).toHaveCount(0);
});
