import { expect } from '@playwright/test';
import { ordinary } from '#prisma/seed/demo/ordinary.ts';
import { newText } from './new-text.ts';
import { expectLive } from './open-live.ts';
import { typeAndPost } from './post.ts';
import { theApp } from './processes.ts';
import { statusStrip, tweet } from './screen.ts';
import { signIn } from './sign-in.ts';
import { test } from './walkthrough.ts';

test('when all streams are taken the next one is refused, its page works and says so, and is live when one ends', async ({
  page,
}) => {
  const leave = new AbortController();
  // Held by name: fetch ends the stream of an answer that nobody can reach any more.
  const streams: Response[] = [];
  try {
    await takeAllStreams(streams, leave.signal);

    await signIn(page.request, ordinary);
    await page.goto('/home');
    await expect(page.getByRole('article').first()).toBeVisible();
    await expect(statusStrip(page)).toContainText('web ok, no live stream is free', { timeout: 15_000 });
    const text = newText('The waiting room is full. The tea is not.');
    await typeAndPost(page, text); // to 12, some of whom may be cold
    await expect(tweet(page, text)).toContainText(/Delivered to .*12 .*✓/, { timeout: 15_000 });
  } finally {
    expect(streams.length).toBeGreaterThan(0);
    leave.abort();
  }
  await expectLive(page);
});

/** Opens streams until all that the web process carries are ours. Those of earlier pages may take a moment to end. */
async function takeAllStreams(streams: Response[], signal: AbortSignal): Promise<void> {
  await expect(async () => {
    const refused = await openUntilRefused(streams, signal);
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
    const problem = await refused.json();
    expect(problem).toMatchObject({ type: '/problems/too-many-streams', status: 503 });
    expect(streams).toHaveLength(problem.limit);
  }).toPass({ timeout: 15_000 });
}

/** Returns the refusal. */
async function openUntilRefused(streams: Response[], signal: AbortSignal): Promise<Response> {
  for (;;) {
    const answer = await fetch(`${theApp().url}/api/stream?topics=status`, { signal });
    if (answer.status !== 200) return answer;
    streams.push(answer);
  }
}
