import { gzipSync } from 'node:zlib';
import { type APIRequestContext, expect } from '@playwright/test';
import { ordinary } from '#prisma/seed/demo/ordinary.ts';
import { newText } from './new-text.ts';
import { openLive } from './open-live.ts';
import { typeAndPost } from './post.ts';
import { tweet } from './screen.ts';
import { signIn } from './sign-in.ts';
import { test } from './walkthrough.ts';

const BUDGET = 190 * 1024; // bytes of compressed JavaScript; the framework alone takes about 132 KB
const SHIFT = 0.02; // layout shift score, see https://web.dev/articles/cls

test('a page needs little JavaScript before it works', async ({ page }) => {
  await signIn(page.request, ordinary);
  for (const path of ['/home', '/console', '/lab', '/learn', '/tour', '/compare', '/brokers']) {
    const scripts = await firstScripts(page.request, path);
    expect(scripts.length, path).toBeGreaterThan(0);
    const sizes = await Promise.all(
      scripts.map(async (script) => gzipSync(await (await page.request.get(script)).body()).length),
    );
    const sum = sizes.reduce((total, size) => total + size, 0);
    console.log(`${path}: ${scripts.length} scripts, ${(sum / 1024).toFixed(1)} KB gzip`);
    expect(sum, path).toBeLessThanOrEqual(BUDGET);
  }
});

test('nothing on Home moves while it comes in', async ({ page }) => {
  await signIn(page.request, ordinary);
  await openLive(page, '/home');
  const text = newText('Hold still.');
  await typeAndPost(page, text);
  await expect(tweet(page, text)).toContainText('✓', { timeout: 15_000 });
  await openLive(page, '/home'); // now the page itself holds the delivery of the tweet, and not only the stream
  const { sum, moved } = await page.evaluate(layoutShift);
  expect(sum, moved.join('\n')).toBeLessThanOrEqual(SHIFT);
});

/** The paths of the scripts that a page's HTML asks for, without those for browsers that know no modules. */
async function firstScripts(request: APIRequestContext, path: string): Promise<string[]> {
  const html = await (await request.get(path)).text();
  const tags = (html.match(/<script[^>]*>/g) ?? []).filter((tag) => !/ nomodule/i.test(tag));
  return [...new Set(tags.flatMap((tag) => / src="([^"]+)"/.exec(tag)?.[1] ?? []))];
}

type Shift = PerformanceEntry & {
  value: number;
  hadRecentInput: boolean;
  sources: { node: Element | null; previousRect: DOMRect; currentRect: DOMRect }[];
};

/** Runs in the page: the sum of all shifts that no key or click caused, and what moved from where to where. */
function layoutShift(): Promise<{ sum: number; moved: string[] }> {
  return new Promise((resolve) => {
    const shifts: Shift[] = [];
    const observer = new PerformanceObserver((list) => shifts.push(...(list.getEntries() as Shift[])));
    observer.observe({ type: 'layout-shift', buffered: true });
    const told = () => {
      const unasked = shifts.filter(({ hadRecentInput }) => !hadRecentInput);
      const moved = unasked.flatMap(({ value, sources }) =>
        sources.map(({ node, previousRect, currentRect }) =>
          [value, node?.textContent?.slice(0, 60), previousRect.y, currentRect.y].join(' '),
        ),
      );
      resolve({ sum: unasked.reduce((sum, { value }) => sum + value, 0), moved });
    };
    requestAnimationFrame(() => requestAnimationFrame(told));
  });
}
