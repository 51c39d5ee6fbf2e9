import { expect, type Page } from '@playwright/test';
import type { DemoAccount } from '#prisma/seed/demo/account.ts';
import { demoAccounts } from '#prisma/seed/demo/accounts.ts';
import { e2eFollowers } from '#testing/running-app.ts';
import { countTweets } from './count-tweets.ts';
import { fillUp, makeRoom } from './fill-up.ts';
import { newText } from './new-text.ts';
import { typeAndPost } from './post.ts';
import { tweet } from './screen.ts';
import { test } from './walkthrough.ts';

const TEN = 10;
// This is work for a little more than 10 s, which is the longest that anybody may wait. So Retry-After is some three
// seconds, for the celebrity too.
const FULL = { waiting: 10_100_000, perSecond: 1_000_000 };

// Ten browsers run at once. Videos and traces would be most of what the machine does.
test.use({ video: 'off', trace: 'off' });
test.setTimeout(150_000);
test.afterEach(makeRoom);

test('ten accounts post into a full system at once, all are refused, and each tweet ends exactly once', async ({
  visit,
}) => {
  const drafts: { account: DemoAccount; text: string; page: Page }[] = [];
  for (const account of withFollowers().slice(0, TEN))
    drafts.push({ account, text: newText('Everybody at once, please.'), page: await visit(account) });
  expect(drafts).toHaveLength(TEN);

  await fillUp(FULL);
  await Promise.all(drafts.map(({ page, text }) => typeAndPost(page, text)));
  for (const { page, text } of drafts)
    await expect(tweet(page, text)).toContainText(/Full \(503\)\. Trying again in \d+ s|Sending…/);
  for (const { page, account, text } of drafts)
    expect(await countTweets(page.request, account, text)).toBe(0);

  await makeRoom();
  for (const { page, text } of drafts) {
    await expect(tweet(page, text)).toContainText('Delivered to', { timeout: 60_000 });
    await expect(tweet(page, text)).toHaveCount(1);
  }
  for (const { page, account, text } of drafts)
    expect(await countTweets(page.request, account, text)).toBe(1);
});

/** The accounts that have followers. The others are left out, because a tweet to nobody always fits. */
const withFollowers = () => demoAccounts.filter((account) => account.followers(e2eFollowers()) > 0);
