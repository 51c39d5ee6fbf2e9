import { expect, type Locator, type Page } from '@playwright/test';
import type { ExperimentView } from '#api/contract.ts';
import { STATEMENTS } from '#app/(pages)/learn/chapter.ts';
import type { Statement } from '#app/(pages)/learn/statement.ts';
import { MINUTE, SECOND } from '#core/durations.ts';
import { followsEverybody } from '#prisma/seed/demo/follows-everybody.ts';
import { newText } from './new-text.ts';
import { expectLive } from './open-live.ts';
import { typeAndPost } from './post.ts';
import { test } from './walkthrough.ts';

/**
 * Every experiment waits for what it measures, and all of them together take minutes. So only those run that fit into
 * this time, by what each says it takes. All of them run with `LEARN_ALL=1 npm run e2e -- learn.spec.ts`.
 */
const SECONDS = 12;
const ALL = process.env.LEARN_ALL === '1';

if (ALL) test.use({ video: 'off', trace: 'off' });

test('statements are ticked by what their reader makes happen, and stay so', async ({ visit }) => {
  test.setTimeout(ALL ? 60 * MINUTE : 3 * MINUTE);
  const page = await visit(followsEverybody, '/learn');
  await expect(page.getByRole('status').filter({ hasText: 'of 22 ticked' })).toHaveText(/^0 of 22/);
  const chosen = choose(await readExperiments(page));
  for (const { statement, experiments } of chosen) {
    await act(page, cardOf(page, statement), statement);
    for (const each of experiments) await runIn(cardOf(page, statement), each);
    await expectTicked(page, statement);
  }
  await page.reload();
  await expectLive(page);
  for (const { statement } of chosen) await expectTicked(page, statement);
  await expect(page.getByText(`${chosen.length} of 22 ticked in this browser`)).toBeVisible();
  if (ALL) expect(chosen).toHaveLength(22);
});

const cardOf = (page: Page, { title }: Statement): Locator => page.getByRole('article', { name: title });

const expectTicked = (page: Page, statement: Statement) =>
  expect(cardOf(page, statement).getByText(/^Statement \d+, ticked$/)).toBeAttached({ timeout: 30_000 });

type Chosen = { statement: Statement; experiments: ExperimentView[] };

/** The statements without an experiment, and those whose experiments fit into the time, in the order of the page. */
function choose(experiments: ExperimentView[]): Chosen[] {
  let left = ALL ? Number.POSITIVE_INFINITY : SECONDS;
  return STATEMENTS.flatMap((statement) => {
    const found = statement.experiments.flatMap((id) => experiments.find((each) => each.id === id) ?? []);
    const takes = found.reduce((sum, each) => sum + each.takes, 0);
    if (found.length < statement.experiments.length || takes > left) return [];
    left -= takes;
    return [{ statement, experiments: found }];
  });
}

async function readExperiments(page: Page): Promise<ExperimentView[]> {
  return (await (await page.request.get('/api/lab/experiments')).json()).experiments;
}

/** Uses the widget of a statement. The delivery widget shows the tweet that was posted before. */
async function act(page: Page, card: Locator, { widget }: Statement): Promise<void> {
  if (widget === 'post') await typeAndPost(card, newText('Learning by doing.'));
  if (widget === 'delivery') await expect(card).toContainText('Delivered to', { timeout: 15_000 });
  if (widget === 'task' || widget === 'schedule') {
    await card.getByRole('button', { name: /^(Compute|Post a tweet in)/ }).press('Enter');
    await expect(card.getByRole('listitem')).toContainText(/done|posted|succeeded/i, { timeout: 45_000 });
  }
  if (widget === 'law') await expect(page.getByRole('region', { name: 'Little’s law' })).toBeVisible();
}

/** Predicts, runs the experiment in a small size, and reads the verdict, all by keyboard. */
async function runIn(card: Locator, { title, size, takes }: ExperimentView): Promise<void> {
  await card.getByRole('button', { name: title, exact: true }).press('Enter');
  const frame = card.getByRole('article', { name: title });
  await frame.getByRole('radio').first().press('Space');
  const small = Math.max(size.least ?? 2, Math.ceil(size.usual / 10));
  // A size in followers is left as it is: with fewer, the author with the audience that is needed could not be found.
  if (size.most > small && !size.of.startsWith('followers'))
    await frame.getByLabel(/^How many /).fill(String(small));
  await runUntilMeasured(frame, takes);
  await expect(frame.getByRole('region', { name: 'Why' })).toBeVisible();
}

const TRIES = 3;

/** A machine that does other work may spoil a measurement. The page says so then, and its reader runs it again. */
async function runUntilMeasured(frame: Locator, takes: number): Promise<void> {
  const verdict = frame.getByRole('region', { name: 'Verdict' });
  const timeout = (3 * takes + 150) * SECOND; // the lab breaks it off before that: see dev/faults/runs.ts
  for (let tries = 1; ; tries++) {
    await frame.getByRole('button', { name: 'Run the experiment' }).press('Enter');
    await expect(frame.getByText(/^@\S+ is running “/)).toBeVisible({ timeout: 20_000 });
    await expect(verdict).toContainText(/Measured:|could not be measured|There is none/, { timeout });
    const isMeasured = (await verdict.getByText('Measured:').count()) > 0;
    if (isMeasured || tries === TRIES) return expect(verdict).toContainText('Measured:');
  }
}
