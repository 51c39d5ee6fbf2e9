import { once } from 'node:events';
import { expect, type Page } from '@playwright/test';
import { SECOND } from '#core/durations.ts';
import { openTempFolder } from '#dev/temp-folder.ts';
import { followsEverybody } from '#prisma/seed/demo/follows-everybody.ts';
import { ordinary } from '#prisma/seed/demo/ordinary.ts';
import { rightToLeft } from '#prisma/seed/demo/right-to-left.ts';
import { missingClients } from '#testing/clients/clients.ts';
import { masto } from '#testing/clients/masto.ts';
import { PYTHON } from '#testing/clients/mastodon-py.ts';
import { start, waitFor } from '#testing/clients/run.ts';
import { newText } from './new-text.ts';
import { noteAppearance, noteKeyPress } from './note-times.ts';
import { openLive } from './open-live.ts';
import { typeAndPost } from './post.ts';
import { theApp } from './processes.ts';
import { tweet } from './screen.ts';
import { test } from './walkthrough.ts';

/*
 * What people see of clients that others wrote. How these clients fare with all of the interface is tested in
 * testing/clients/clients.test.ts.
 */

const PROMISED = SECOND; // from the one to the other

test('a tweet of an app arrives in an open browser within a second, and the other way round', async ({
  visit,
}) => {
  const own = await visit(ordinary);
  const app = await masto.signIn({ url: theApp().url, folder: '', allow: allower(own) });
  const heardAt = new Map<string, number>();
  await app.listen?.(({ id }) => heardAt.set(id, Date.now()));

  const reader = await visit(followsEverybody);
  const shownAt = noteAppearance(reader, 'new tweet');
  const begun = Date.now();
  const text = newText('From the app to the page.');
  await app.post(text);
  expect((await shownAt) - begun).toBeLessThan(PROMISED);
  await reader.keyboard.press('.');
  await expect(tweet(reader, text)).toContainText('via masto');

  const author = await visit(rightToLeft);
  const answered = author.waitForResponse((answer) => answer.request().method() === 'POST');
  const pressedAt = noteKeyPress(author);
  await typeAndPost(author, newText('From the page to the app.'));
  const id = /\d+/.exec((await answered).headers().location ?? '')?.[0] ?? '';
  await expect
    .poll(() => heardAt.get(id) ?? Number.POSITIVE_INFINITY)
    .toBeLessThan((await pressedAt) + PROMISED);
  await app.close();
});

/** How the lines of each client are run, and what it asks before it wants the code. */
const RUNS = [
  { client: 'toot', command: 'sh', option: '-ec', first: 'n\n', says: 'Hello from my terminal' },
  { client: 'Mastodon.py', command: PYTHON, option: '-c', first: '', says: 'Hello from Python' },
];

for (const { client, command, option, first, says } of RUNS)
  test(`the lines that the page Clients shows for ${client} post a tweet`, async ({ visit }) => {
    const missing = missingClients();
    if (missing && process.env.CI) throw new Error(missing);
    test.skip(missing !== null, missing ?? '');
    const page = await visit(ordinary, '/clients');
    const lines = await page.getByRole('figure', { name: client }).locator('pre').textContent();
    const folder = openTempFolder('client');
    const running = start(command, [option, lines ?? ''], { XDG_CONFIG_HOME: folder.dir });
    running.child.stdin.write(first);
    const authorizeUrl = await waitFor(running, 'stdout', /https?:\S+\/oauth\/authorize\S+(?=\s)/);
    running.child.stdin.end(`${await allower(page)(authorizeUrl)}\n`);
    expect(await once(running.child, 'close')).toEqual([0, null]);
    await openLive(page, '/home');
    await expect(tweet(page, says)).toContainText(`via ${client === 'toot' ? 'toot' : 'My app'}`);
    folder.remove();
  });

/** Opens the page of consent, presses *Allow* and copies the code. */
const allower = (page: Page) => async (url: string) => {
  await page.goto(url);
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.waitForURL(/\/oauth\/authorize\/code/);
  return page.getByLabel('Code').inputValue();
};
