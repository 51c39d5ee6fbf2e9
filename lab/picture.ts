import { spawnSync } from 'node:child_process';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Browser, chromium, type Page } from '@playwright/test';
import { App } from '#dev/app.ts';
import { logAs } from '#dev/log.ts';
import { ROOT } from '#dev/paths.ts';
import { freePort } from '#dev/ports.ts';
import { explain, StartError } from '#dev/start-error.ts';
import { listenForStop } from '#dev/stop-signal.ts';
import { openTempFolder } from '#dev/temp-folder.ts';
import { celebrity } from '#prisma/seed/demo/celebrity.ts';
import { findChromium } from '#testing/chromium.ts';

const PICTURE = join(ROOT, 'docs/figures/delivery.webp');
const SIZE = { width: 960, height: 660 };
const MOST_FRAMES = 20; // a second; the screen changes up to 60 times, and a frame costs about 10 KB
const LAST_FRAME = 2; // s
const TYPING = 28; // ms for each character
const READ = 1_100; // ms to look at something before the page moves on

/** One frame of the film: its file, and the moment in seconds at which the page looked like this. */
type Frame = { file: string; at: number };

/**
 * `npm run picture -- [--followers N]`: starts an application with data of its own, posts as the celebrity in
 * Chromium, and writes what the screen showed, in real time, to docs/figures/delivery.webp. It posts twice and films
 * the second tweet: by then pages are compiled and followers packed, as in an application that has run for a while.
 */
export async function run(_verb: string, args: string[]): Promise<number> {
  const log = logAs('picture');
  const stopped = listenForStop().first;
  const folder = openTempFolder('picture');
  const undo: (() => Promise<void>)[] = [];
  try {
    const film = record(folder.dir, followersFrom(args), undo);
    const frames = await Promise.race([film, stopped]);
    if (!frames) return 130;
    encode(frames, folder.dir);
    log(`${PICTURE}: ${frames.length} frames, ${Math.round(statSync(PICTURE).size / 1_000)} KB`);
    return 0;
  } catch (error) {
    console.error(explain(error));
    return 1;
  } finally {
    for (const step of undo.reverse()) await step();
    folder.remove();
  }
}

async function record(dataDir: string, followers: number, undo: (() => Promise<void>)[]): Promise<Frame[]> {
  const { DATABASE_URL, QUEUE_REDIS_URL, TIMELINE_REDIS_URL, ...env } = process.env;
  const app = new App({
    ...{ dataDir, env, followers, mode: 'start', port: await freePort(), workers: ['A', 'B'] },
    log: logAs('picture'),
  });
  undo.push(() => app.stop());
  await app.start();
  const { path, args, env: own } = await findChromium(process.env);
  // The Chromium of the npm package sees only its own few fonts, and they have no ✓. The system's fonts have one.
  const browser = await chromium.launch({ executablePath: path, args, env: { ...own, FONTCONFIG_PATH: '' } });
  undo.push(() => browser.close());

  const rehearsal = await openPage(browser, app.url);
  await post(rehearsal, 'Sold out tonight. All of you. How?');
  await rehearsal.context().close();

  const page = await openPage(browser, app.url);
  const film = await startFilm(page, join(dataDir, 'frames'));
  await post(page, 'One song, one million timelines. Watch it arrive.');
  return film.end();
}

async function openPage(browser: Browser, url: string): Promise<Page> {
  const context = await browser.newContext({ baseURL: url, viewport: SIZE });
  const page = await context.newPage();
  await page.goto('/');
  // The stream stays open, so the network is never idle: the page can be used once it says that it is live.
  await page
    .getByText(/live (under )?[\d.]+ s behind/)
    .first()
    .waitFor();
  return page;
}

/** Signs in, posts, opens the delivery while it runs, and has every timeline read back. */
async function post(page: Page, text: string): Promise<void> {
  await page.waitForTimeout(500);
  await page.getByRole('button', { name: `Post as ${celebrity.name}` }).click();
  const composer = page.getByRole('textbox', { name: 'Your tweet' });
  await composer.pressSequentially(text, { delay: TYPING });
  await composer.press('Control+Enter');
  const tweet = page.getByRole('article').filter({ hasText: text });
  await tweet.getByText(/Delivered [\d,]+ of/).waitFor();
  await tweet.getByRole('link', { name: 'Delivery', exact: true }).click();

  // The button can be pressed once everybody has the tweet.
  const audit = page.getByRole('button', { name: /^Read back /, disabled: false });
  await audit.waitFor();
  await page.waitForTimeout(READ);
  await audit.evaluate((button) => button.scrollIntoView({ behavior: 'smooth', block: 'center' }));
  await audit.click();
  const proof = 'Nobody was missed, and nobody got it twice.';
  const panel = page.getByRole('region', { name: 'Audit' }).filter({ hasText: proof });
  await panel.evaluate((result) => result.scrollIntoView({ block: 'end' }));
  await page.waitForTimeout(READ);
  await page.evaluate(() => scrollTo(0, 0));
  await page.waitForTimeout(READ);
}

/** Keeps what Chromium paints, at most {@link MOST_FRAMES} pictures a second, and a last one of the page at the end. */
async function startFilm(page: Page, folder: string): Promise<{ end(): Promise<Frame[]> }> {
  mkdirSync(folder);
  const frames: Frame[] = [];
  const screen = await page.context().newCDPSession(page);
  screen.on('Page.screencastFrame', ({ data, sessionId, metadata }) => {
    void screen.send('Page.screencastFrameAck', { sessionId });
    const at = metadata.timestamp ?? 0;
    const file = join(folder, `${at}.jpeg`);
    // Changes within the time of one frame make one frame: the newest picture replaces the one before.
    const before = frames.at(-2);
    if (before && at - before.at < 1 / MOST_FRAMES) frames.pop();
    frames.push({ file, at });
    writeFileSync(file, Buffer.from(data, 'base64'));
  });
  await screen.send('Page.startScreencast', { format: 'jpeg', quality: 90 });
  const end = async () => {
    await screen.send('Page.stopScreencast');
    const file = join(folder, 'last.jpeg');
    await page.screenshot({ path: file, quality: 90 });
    return [...frames, { file, at: Date.now() / 1_000 }];
  };
  return { end };
}

/** Turns the film into a WebP that repeats for ever. Each frame stays until the next one was painted. */
function encode(frames: Frame[], folder: string): void {
  const seconds = frames.map(({ at }, n) => (frames[n + 1]?.at ?? at + LAST_FRAME) - at);
  const list = frames.map(({ file }, n) => `file '${file}'\nduration ${seconds[n]}`);
  // ffmpeg ignores the duration of the last file, so it is named twice.
  writeFileSync(join(folder, 'frames.txt'), [...list, `file '${frames.at(-1)?.file}'`].join('\n'));
  const input = ['-f', 'concat', '-safe', '0', '-i', join(folder, 'frames.txt')];
  const output = ['-vsync', 'vfr', '-c:v', 'libwebp_anim', '-quality', '70', '-compression_level', '6'];
  const made = spawnSync(ffmpeg(), ['-v', 'error', '-y', ...input, ...output, '-loop', '0', PICTURE]);
  if (made.status !== 0) throw new Error(`ffmpeg could not make the picture: ${made.stderr}`);
}

function ffmpeg(): string {
  try {
    return createRequire(import.meta.url).resolve('@ffmpeg-installer/linux-x64/ffmpeg');
  } catch {
    return 'ffmpeg'; // on anything but Linux x64: the one in the PATH
  }
}

function followersFrom(args: string[]): number {
  const { values } = parseArgs({ args, options: { followers: { type: 'string', default: '1000000' } } });
  const followers = Number(values.followers);
  if (Number.isInteger(followers) && followers > 0) return followers;
  throw new StartError(
    `--followers: expected a whole number, got ${values.followers}`,
    'Leave it out for 1,000,000.',
  );
}
