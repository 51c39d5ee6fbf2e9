import { type BrowserContext, expect, type Page } from '@playwright/test';
import { ordinary } from '#prisma/seed/demo/ordinary.ts';
import { newText } from './new-text.ts';
import { openLive } from './open-live.ts';
import { typeAndPost } from './post.ts';
import { statusStrip, tweet } from './screen.ts';
import { signIn } from './sign-in.ts';
import { test } from './walkthrough.ts';

const TABS = 7;
/** A browser gives one origin six connections. Six open streams would leave none for anything else. */
const STREAMS = 4;

// Seven videos at once would slow the machine, and the test would measure that.
test.use({ video: 'off' });

test('six tabs and a seventh: all load and post, and four of them hold a stream', async ({ context }) => {
  await signIn(context.request, ordinary);
  const tabs: Page[] = [];
  for (let opened = 0; opened < TABS; opened++) tabs.push(await openTab(context));
  await expectLiveTabs(tabs, STREAMS);

  for (const tab of tabs) {
    const text = newText('Same cellar, another door.');
    await typeAndPost(tab, text);
    await expect(tweet(tab, text)).toContainText(/Accepted in|Delivered to/);
  }

  // When a place becomes free, a waiting tab takes it.
  for (const tab of [...tabs]) {
    if (tabs.length === TABS - 1) break;
    if (!(await isLive(tab))) continue;
    await tab.close();
    tabs.splice(tabs.indexOf(tab), 1);
  }
  await expectLiveTabs(tabs, STREAMS);
});

async function openTab(context: BrowserContext): Promise<Page> {
  const tab = await context.newPage();
  await openLive(tab, '/home');
  return tab;
}

const isLive = async (tab: Page): Promise<boolean> =>
  /behind/.test((await statusStrip(tab).textContent()) ?? '');

async function expectLiveTabs(tabs: Page[], count: number) {
  const liveTabs = async () => (await Promise.all(tabs.map(isLive))).filter(Boolean).length;
  await expect.poll(liveTabs).toBe(count);
}
