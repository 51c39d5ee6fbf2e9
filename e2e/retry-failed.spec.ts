import { expect } from '@playwright/test';
import { openRedis } from '#core/redis.ts';
import { timelineKey } from '#core/timelines/timeline.ts';
import { idOfDemo } from '#prisma/seed/audiences.ts';
import { ordinary } from '#prisma/seed/demo/ordinary.ts';
import { twoChunks } from '#prisma/seed/demo/two-chunks.ts';
import { idRow, inLedger, rowInLedger } from './ledger.ts';
import { newText } from './new-text.ts';
import { expectNoViolations } from './no-violations.ts';
import { openLive } from './open-live.ts';
import { postByApi } from './post.ts';
import { theApp } from './processes.ts';
import { headline } from './screen.ts';
import { signIn } from './sign-in.ts';
import { test } from './walkthrough.ts';

test('a chunk that fails by a broken timeline is given up, shown with its error, retried by its author, and delivered', async ({
  page,
  visit,
}) => {
  const mend = await breakTimeline(await firstFollower());
  try {
    await signIn(page.request, twoChunks);
    const { tweet } = await postByApi(page.request, twoChunks, newText('Ninety rolls, one of them square.'));
    await openLive(page, `/t/${tweet.id}/delivery`);
    await giveUpSoon(tweet.id);
    const failed = page.getByRole('region', { name: '1 failed chunk' });
    await expect(failed).toContainText(/Chunk 1, 4,000 followers, \d+ attempts: .*WRONGTYPE/, {
      timeout: 20_000,
    });
    await expect(page.getByRole('main')).toContainText('Failed: 4,000 followers did not get it.');
    await expectNoViolations(page, '#content');

    const other = await visit(ordinary, `/t/${tweet.id}/delivery`);
    await expect(other.getByText(`Only the author can retry them: act as ${twoChunks.name}`)).toBeVisible();
  } finally {
    await mend();
  }

  await page.getByRole('button', { name: 'Retry failed' }).press('Enter');
  await expect(headline(page)).toContainText(/4,000 of 4,001 delivered · 1 cold · 0 missing · 0 twice/, {
    timeout: 15_000,
  });
  await expect(page.getByRole('region', { name: /failed chunk/ })).toHaveCount(0);
});

/**
 * The first follower of the chunk. A script that fails keeps what it has pushed, so nobody may come before this one.
 */
async function firstFollower(): Promise<number> {
  const { id } = await rowInLedger(
    idRow,
    'SELECT min(follower_id) AS id FROM follow WHERE followee_id = $1',
    [idOfDemo(twoChunks.handle)],
  );
  return id;
}

/** Puts something else in the place of a timeline. Resolves with how to remove it, which leaves the timeline cold. */
async function breakTimeline(userId: number): Promise<() => Promise<void>> {
  const redis = openRedis(theApp().timelineRedisUrl, 'walkthrough');
  const key = timelineKey(userId, { shards: 1 });
  await redis.set(key, 'no list');
  return async () => {
    await redis.del(key);
    redis.disconnect();
  };
}

/** Writes seven of the eight failures into the ledger. With the backoff, really failing so often takes two minutes. */
async function giveUpSoon(tweetId: number): Promise<void> {
  await expect
    .poll(() =>
      inLedger(
        'UPDATE chunk SET failures = 7 WHERE tweet_id = $1 AND failures BETWEEN 1 AND 7 RETURNING number',
        [tweetId],
      ),
    )
    .toEqual([{ number: 0 }]);
}
