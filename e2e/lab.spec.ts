import { readFile } from 'node:fs/promises';
import { expect, type Page } from '@playwright/test';
import { followsEverybody } from '#prisma/seed/demo/follows-everybody.ts';
import { ordinary } from '#prisma/seed/demo/ordinary.ts';
import { newText } from './new-text.ts';
import { expectNoViolations } from './no-violations.ts';
import { openLive } from './open-live.ts';
import { typeAndPost } from './post.ts';
import { theApp } from './processes.ts';
import { headline, tweet } from './screen.ts';
import { signIn } from './sign-in.ts';
import { test } from './walkthrough.ts';

/** The demo's operator. */
const operator = followsEverybody;

const banner = (page: Page) => page.getByRole('region', { name: 'Broken on purpose' });

test.afterEach(async ({ request }) => {
  await signIn(request, operator);
  const answer = await request.post(`${theApp().url}/api/lab/reset`);
  expect(answer.status()).toBe(204);
});

test('a worker is frozen by keyboard, everybody sees the banner, and an operator restores it from another page', async ({
  visit,
}) => {
  const lab = await visit(operator, '/lab');
  const home = await visit(ordinary, '/home');
  await lab.getByRole('button', { name: 'Freeze worker A' }).press('Enter');
  await expect(banner(lab)).toContainText(/worker A is frozen for \d+ s, by @hana_reads. It heals in \d+ s/);
  await expect(banner(home)).toContainText('worker A is frozen');
  await expect(banner(home).getByRole('button')).toHaveCount(0);
  await expect(lab.getByRole('region', { name: 'Log of faults' })).toContainText(
    'worker A is frozen for 15 s',
  );

  await openLive(home, '/lab');
  await expect(home.getByRole('button', { name: 'Freeze worker B' })).toHaveCount(0);
  await home.getByRole('button', { name: /^Act as .*, an operator$/ }).click();
  await expect(home.getByRole('button', { name: 'Freeze worker B' })).toBeVisible();

  await openLive(lab, '/console');
  await expect(lab.getByRole('region', { name: 'Broken or healed on purpose' })).toContainText(
    /UTC worker A is frozen for 15 s, by hana_reads/,
  );
  await banner(lab)
    .getByRole('button', { name: /^Restore/ })
    .press('Enter');
  await expect(banner(lab)).toHaveCount(0);
  await expect(banner(home)).toHaveCount(0);
});

test('a killed web process comes back by itself, and the fault heals although nobody is there', async ({
  visit,
}) => {
  const lab = await visit(operator, '/lab');
  await lab.getByRole('button', { name: 'Kill Web' }).press('Enter');
  await lab.close();
  await expect(async () => {
    const answer = await fetch(`${theApp().url}/api/lab`, { signal: AbortSignal.timeout(2_000) });
    const { state } = await answer.json();
    expect(state.faults).toEqual([]);
    expect(state.log[0].text).toContain('the web process is killed: is healed');
  }).toPass({ timeout: 30_000 });
});

test('an account is pulled, and its next tweet comes to whoever looks without a delivery', async ({
  visit,
}) => {
  const lab = await visit(operator, '/lab');
  const card = lab.getByRole('region', { name: 'Push or pull' });
  await card.getByRole('combobox', { name: 'Account' }).selectOption(ordinary.handle);
  await card.getByRole('button', { name: 'Pull its tweets' }).press('Enter');
  await expect(card).toContainText(`@${ordinary.handle} is pulled`);
  const [home, author] = [await visit(operator, '/home'), await visit(ordinary, '/home')];
  const text = newText('Read this when you come home.');
  await typeAndPost(author, text);
  await home.getByRole('button', { name: /new tweet/ }).click();
  await expect(tweet(home, text)).toBeVisible();
  const line = tweet(author, text).getByRole('link', { name: /^Pulled by 12 followers/ });
  await expect(line).toBeVisible();
  await line.click();
  await expect(headline(author)).toContainText('12 of 12 pulled');
  await expect(author.getByRole('region', { name: 'Audit' })).toContainText('Nobody was missed');
  await expectNoViolations(author, '#content');
  await card.getByRole('button', { name: /^Restore/ }).press('Enter');
  await expect(card).not.toContainText('is pulled');
});

test('an experiment goes from a prediction to its verdict, which can be kept and run again', async ({
  visit,
}) => {
  test.setTimeout(120_000);
  const lab = await visit(operator, '/');
  await lab.getByRole('button', { name: /^Break something/ }).click();
  await lab.getByRole('link', { name: 'No worker at all' }).click();
  const frame = lab.getByRole('article', { name: 'No worker at all' });
  await frame.getByRole('radio', { name: /delivered once a worker runs/ }).press('Space');
  await frame.getByLabel(/^Seed/).fill('7');
  await frame.getByRole('button', { name: 'Run the experiment' }).press('Enter');

  await expect(banner(lab)).toContainText('The experiment “No worker at all” is running');
  await expect(frame.getByRole('region', { name: 'Watch' })).toContainText('no worker runs', {
    timeout: 20_000,
  });
  const other = await visit(operator, '/lab?experiment=worker-killed');
  await expect(other.getByRole('article')).toContainText(
    /@hana_reads is running “No worker at all” for \d+ s/,
  );
  await expect(other.getByRole('button', { name: 'Run the experiment' })).toBeDisabled();
  const second = await lab.request.post('/api/lab/runs', { data: { experiment: 'no-worker' } });
  expect([second.status(), (await second.json()).detail]).toEqual([
    409,
    expect.stringContaining('hana_reads has been running “No worker at all”'),
  ]);

  const verdict = frame.getByRole('region', { name: 'Verdict' });
  await expect(verdict).toContainText('Every promise was kept.', { timeout: 90_000 });
  await expect(verdict).toContainText('0 missing · 0 twice · 0 holes');
  await expect(verdict).toContainText('and was right');
  await expect(frame.getByRole('region', { name: 'Why' })).toContainText('core/tweets/post-tweet.ts');
  await expect(banner(lab)).toHaveCount(0);
  const [download] = await Promise.all([
    lab.waitForEvent('download'),
    verdict.getByRole('link', { name: 'Download the run as JSON' }).click(),
  ]);
  expect(download.suggestedFilename()).toBe('no-worker-seed-7.json');
  const [picture] = await Promise.all([
    lab.waitForEvent('download'),
    verdict.getByRole('link', { name: 'Download it as a picture' }).click(),
  ]);
  expect(await readFile(await picture.path(), 'utf8')).toContain(
    'Predicted by @hana_reads: It is accepted, and',
  );
  await verdict.getByRole('link', { name: 'The same with seed 7' }).click();
  await expect(frame.getByLabel(/^Seed/)).toHaveValue('7');
  await expect(lab.getByRole('region', { name: 'What must always hold' })).toContainText(
    /Read back again and again: \d+ tweets/,
  );
});

test('an experiment that must fail runs on a stage of its own, by keyboard, and fails as it must', async ({
  visit,
}) => {
  test.setTimeout(120_000);
  const lab = await visit(operator, '/lab?experiment=without-receipt');
  const frame = lab.getByRole('article', { name: 'Everything twice, and no receipt' });
  await expect(frame).toContainText('It takes a safety net away');
  await frame.getByRole('radio', { name: /get it twice/ }).focus();
  await lab.keyboard.press('Space');
  await frame.getByRole('button', { name: 'Run the experiment' }).press('Enter');

  const stage = frame.getByRole('region', { name: 'The stage now' });
  await expect(stage).toContainText(/Queue: .* waiting, .* in hand. Workers: A holds/, { timeout: 60_000 });
  await expect(stage.getByRole('grid', { name: 'Chunks of the fan-out' })).toBeVisible({ timeout: 20_000 });
  const verdict = frame.getByRole('region', { name: 'Verdict' });
  await expect(verdict).toContainText('It failed, as it must', { timeout: 60_000 });
  await expect(verdict).toContainText(/ 0 missing · [\d,]*[1-9][\d,]* twice · 0 holes/);
  await expect(verdict).toContainText('and was right');
  await expect(frame.getByRole('region', { name: 'Why' })).toContainText('core/lua/deliver.lua');
  await expect(stage).toHaveCount(0);
  const ours = lab.getByRole('region', { name: 'What must always hold' });
  await expect(ours).toContainText(/twice0/);
  await expectNoViolations(lab);
});
