import { expect, type Page } from '@playwright/test';
import { followsEverybody } from '#prisma/seed/demo/follows-everybody.ts';
import { ordinary } from '#prisma/seed/demo/ordinary.ts';
import { expectNoViolations } from './no-violations.ts';
import { theApp } from './processes.ts';
import { signIn } from './sign-in.ts';
import { test } from './walkthrough.ts';

/** The demo's operator. */
const operator = followsEverybody;

const lane = (page: Page, name: string) =>
  page.getByRole('listitem').filter({ has: page.getByRole('heading', { name, exact: true }) });

test.afterEach(async ({ request }) => {
  await signIn(request, operator);
  await request.post(`${theApp().url}/api/lab/reset`);
});

test('a race is started by keyboard, watched by everybody, and ends with a sentence of what was measured', async ({
  visit,
}) => {
  test.setTimeout(90_000);
  const page = await visit(operator, '/compare');
  const other = await visit(ordinary, '/compare');
  await page.getByLabel('Followers, at most').selectOption('1,000');
  await page.getByRole('button', { name: 'Race the tweet' }).press('Enter');
  // The first run reads the list of experiments, which takes a busy machine a while.
  await expect(page.getByText(/is running “In the request, or through the queue” for \d+ s/)).toBeVisible({
    timeout: 20_000,
  });

  await expect(lane(other, 'In the request')).toContainText(/[\d,]+ have it/, { timeout: 30_000 });
  await expect(other.getByRole('button', { name: 'Race the tweet' })).toHaveCount(0);
  const closing = page.getByRole('region', { name: 'In one sentence' });
  await expect(closing).toContainText(/^In one sentence\s*Here and now, delivering inside the request wins/, {
    timeout: 60_000,
  });
  await expect(closing).toContainText(/its author waits [\d.]+ m?s/);
  for (const name of ['In the request', 'One job', 'Chunked', 'Pulled at read'])
    await expect(lane(page, name)).toContainText(/231 have it\s*author waits[\d.,]+ m?s/);
  const waits = page.getByRole('region', { name: 'The author waits' });
  await expect(waits.getByRole('row')).toHaveCount(3);
  await expect(waits.getByRole('row', { name: /^12 / })).toContainText(/ m?s/);

  const [download] = await Promise.all([
    page.waitForEvent('download'),
    closing.getByRole('link', { name: 'Download the run as JSON' }).click(),
  ]);
  expect(download.suggestedFilename()).toMatch(/^race-\d+\.json$/);
  await page.reload();
  await expect(closing).toContainText('Here and now');
  await expectNoViolations(page);
});
