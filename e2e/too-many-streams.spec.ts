import { expect } from '@playwright/test';
import { ordinary } from '#prisma/seed/demo/ordinary.ts';
import { newText } from './new-text.ts';
import { expectLive } from './open-live.ts';
import { typeAndPost } from './post.ts';
import { theApp } from './processes.ts';
import { statusStrip, tweet } from './screen.ts';
import { signIn } from './sign-in.ts';
import { test } from './walkthrough.ts';

/** More streams than the web process of these walkthroughs carries. */
const TOO_MANY = 100;

test('when all streams are taken the next one is refused, its page works and says so, and is live when one ends', async ({
  page,
}) => {
  const streams = new AbortController();
  try {
    const refused = await openUntilRefused(streams.signal);
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(await refused.json()).toMatchObject({ type: '/problems/too-many-streams', status: 503 });

    await signIn(page.request, ordinary);
    await page.goto('/home');
    await expect(page.getByRole('article').first()).toBeVisible();
    await expect(statusStrip(page)).toContainText('web ok, no live stream is free', { timeout: 15_000 });
    const text = newText('The waiting room is full. The tea is not.');
    await typeAndPost(page, text); // to 12, some of whom may be cold
    await expect(tweet(page, text)).toContainText(/Delivered to .*12 .*✓/, { timeout: 15_000 });
  } finally {
    streams.abort();
  }
  await expectLive(page);
});

/** Opens streams until one is refused. Returns that answer. */
async function openUntilRefused(signal: AbortSignal): Promise<Response> {
  for (let opened = 0; opened < TOO_MANY; opened++) {
    const answer = await fetch(`${theApp().url}/api/stream?topics=status`, { signal });
    if (answer.status !== 200) return answer;
  }
  throw new Error(`Expected a refusal within ${TOO_MANY} streams`);
}
