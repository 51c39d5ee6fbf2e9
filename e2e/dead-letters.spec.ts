import { expect } from '@playwright/test';
import { openBroker } from '#broker/open-broker.ts';
import { demoOperator as operator } from '#dev/operators.ts';

import { expectNoViolations } from './no-violations.ts';
import { theApp } from './processes.ts';
import { test } from './walkthrough.ts';

test('dead letters are discarded by what they died of, after a question, and the others stay', async ({
  visit,
}) => {
  await publishPoison(['one', 'two', 'two']);
  const page = await visit(operator, '/console');
  const letters = page.getByRole('region', { name: 'Dead letters' });
  const group = (word: string) => letters.getByRole('listitem').filter({ hasText: word });
  await expect(group('"two"')).toContainText('2 jobs of delivery');
  await expect(group('"one"')).toContainText('1 job of delivery');

  await group('"two"').getByRole('button', { name: 'Discard these 2 …' }).press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Discard dead letters?' });
  await expect(dialog).toContainText('2 jobs of delivery that died of tweetId');
  await expectNoViolations(page, 'dialog[open]');
  await page.keyboard.press('Escape');
  await expect(group('"two"')).toBeVisible();

  await group('"two"').getByRole('button', { name: 'Discard these 2 …' }).press('Enter');
  await dialog.getByRole('button', { name: 'Discard', exact: true }).press('Enter');
  await expect(letters).toContainText('Discarded 2 jobs for good.');
  await expect(group('"two"')).toHaveCount(0);
  await expect(group('"one"')).toContainText('1 job of delivery');

  await letters.getByRole('button', { name: 'Discard all 1 of delivery …' }).press('Enter');
  await dialog.getByRole('button', { name: 'Discard', exact: true }).press('Enter');
  await expect(letters).toContainText('None.');
});

/** Publishes messages that no worker can read. The workers give them up, and each error holds the message's word. */
async function publishPoison(words: string[]): Promise<void> {
  const broker = openBroker({ BROKER: 'bullmq', QUEUE_REDIS_URL: theApp().queueRedisUrl });
  await broker.publish(
    'delivery',
    words.map((word, index) => ({ key: `poison ${index} ${Date.now()}`, body: { chunk: word } })),
  );
  await broker.close(1_000);
}
