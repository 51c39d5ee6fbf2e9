import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type Browser, chromium, type Page } from '@playwright/test';
import { ROOT } from '#dev/paths.ts';
import { type Run, runBench } from '#lab/harness/run-bench.ts';
import { median, percentile, type Series } from '#lab/harness/statistics.ts';
import { latencies } from '#lab/harness/table.ts';
import { openApp } from '#lab/stage/application.ts';
import { followsEverybody } from '#prisma/seed/demo/follows-everybody.ts';
import { ordinary } from '#prisma/seed/demo/ordinary.ts';
import { findChromium } from '#testing/chromium.ts';

/*
 * The time from the press of *Post* in the author's browser until a follower's browser has painted the pill "1 new
 * tweet". The author has 12 followers. On the way are composer, request, transaction, broker, worker, timeline, event
 * stream and rendering. The browsers are two profiles of one Chromium on this machine, so both times come from the same
 * clock. The pages read it themselves.
 */

declare global {
  interface Window {
    /** When the mouse or a finger last came down, in ms since 1970. */
    pressedAt: number;
    /** When a pill with new tweets was painted; 0 until then. Set it to 0 to wait for the next. */
    shownAt: number;
  }
}

const WARM_UP = 5; // tweets
const PAUSE = 300; // ms between two tweets, jittered, so that they do not keep step with anything
type Sizes = 'followers' | 'samples';
type Pair = { author: Page; follower: Page };

async function measure(run: Run<Sizes>) {
  const app = await openApp(run, run.sizes.followers);
  const pair = await openPair(run, app.url);
  const screen: Series = { unit: 'ms', values: [] };
  for (let n = 1; n <= WARM_UP + run.sizes.samples; n++) {
    const ms = await postAndSee(pair, `Tweet ${n} of the bench`);
    if (n > WARM_UP) screen.values.push(ms);
    await wait(PAUSE * (0.5 + Math.random()));
  }
  return {
    machine: app.machine,
    runs: { screen },
    figures: { p50_ms: median(screen.values), p95_ms: percentile(screen.values, 95) },
    tables: [latencies('From the press to the follower’s screen', { 'an ordinary tweet': screen })],
  };
}

async function openPair({ onEnd, env }: Run<Sizes>, url: string): Promise<Pair> {
  const found = await findChromium(env);
  const browser = await chromium.launch({ executablePath: found.path, args: found.args, env: found.env });
  onEnd(() => browser.close());
  const author = await openHome(browser, url, ordinary.handle);
  const follower = await openHome(browser, url, followsEverybody.handle);
  return { author, follower };
}

/** Opens Home as a demo account, in a browser profile of its own, once its stream is live. See keep-times.js. */
async function openHome(browser: Browser, url: string, handle: string): Promise<Page> {
  const context = await browser.newContext({ baseURL: url });
  await context.request.post('/api/session', { data: { handle } });
  await context.addInitScript({ path: join(ROOT, 'lab/bench/arrival/keep-times.js') });
  const page = await context.newPage();
  const stream = page.waitForResponse(/\/api\/stream/);
  await page.goto('/home');
  await stream;
  return page;
}

async function postAndSee({ author, follower }: Pair, text: string): Promise<number> {
  await author.getByRole('textbox', { name: 'Your tweet' }).fill(text);
  await author.getByRole('button', { name: 'Post', exact: true }).click();
  await follower.waitForFunction(() => window.shownAt > 0);
  const [pressedAt, shownAt] = await Promise.all([
    author.evaluate(() => window.pressedAt),
    follower.evaluate(() => window.shownAt),
  ]);
  await follower.getByRole('button', { name: /new tweet/ }).click();
  await follower.getByRole('article').filter({ hasText: text }).waitFor();
  await follower.evaluate(() => {
    window.shownAt = 0;
  });
  return shownAt - pressedAt;
}

await runBench<Sizes>({
  name: 'arrival',
  sizes: { followers: 1_000_000, samples: 50 },
  goals: { p95_ms: { atMost: 300 } },
  measure,
});
