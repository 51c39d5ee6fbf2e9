import { randomUUID } from 'node:crypto';
import { type APIRequestContext, expect, type Page } from '@playwright/test';
import pg from 'pg';
import { ordinary } from '#prisma/seed/demo/ordinary.ts';
import { freeze, postgresPids } from '#testing/frozen.ts';
import { pidOf } from '#testing/running-app.ts';
import { newText } from './new-text.ts';
import { theApp } from './processes.ts';
import { headline, statusStrip } from './screen.ts';
import { test } from './walkthrough.ts';

// What the API answers meanwhile is in api/servers-away.test.ts.

/** A page may take as long as a query. What it says about the servers comes only with the next look at them. */
const PATIENT = { timeout: 15_000 };

/** Every page, its heading when all is well, and what it says without Postgres. */
const PAGES = [
  { path: '/home', heading: 'Home', away: /This page comes back by itself/ },
  { path: '/tasks', heading: 'Tasks', away: /This page comes back by itself/ },
  { path: `/u/${ordinary.handle}`, heading: ordinary.name, away: /This page comes back by itself/ },
  { path: '/t/{id}/delivery', heading: /\d+ of \d+ delivered/, away: /This page comes back by itself/ },
  { path: '/', heading: /^One real tweet/, away: /The demo accounts are in Postgres, which does not answer/ },
  { path: '/console', heading: 'Console', away: /Postgres is away\. The figures come back by themselves/ },
];

const frozen: (() => void)[] = [];
test.afterEach(() => {
  for (const thaw of frozen.splice(0)) thaw();
});

test('while Postgres is frozen every page says so and what happens next, and comes back by itself', async ({
  visit,
}) => {
  const pages = await Promise.all(
    PAGES.map(async (each) => ({ ...each, page: await visit(ordinary, '/brokers') })),
  );
  const [first] = pages;
  if (!first) throw new Error('Expected a page, got none');
  const id = await postOne(first.page.request);
  const thaw = await freezePostgres();
  await Promise.all(
    pages.map(async ({ page, path, away }) => {
      await page.goto(path.replace('{id}', id));
      await expect(page.getByRole('main')).toContainText(away, PATIENT);
      await expect(statusStrip(page)).toContainText('Postgres away', PATIENT);
      await expect(page.getByText('No tweet can be accepted now')).toBeVisible(PATIENT);
    }),
  );
  thaw();
  await Promise.all(
    pages.map(async ({ page, heading, away }) => {
      await expect(page.getByRole('heading', { level: 1, name: heading })).toBeVisible(PATIENT);
      await expect(page.getByRole('main')).not.toContainText(away);
      await expect(statusStrip(page)).toContainText('Postgres ok', PATIENT);
    }),
  );
});

for (const { part, says } of [
  { part: 'timelines', says: 'Reading works from Postgres' },
  { part: 'queue', says: 'Tweets are accepted and kept in Postgres' },
]) {
  test(`while the Redis of ${part} is frozen every page is there, and says what still works`, async ({
    visit,
  }) => {
    const page = await visit(ordinary, '/brokers');
    const id = await postOne(page.request);
    const thaw = freezePart(part);
    for (const { path, heading } of PAGES) {
      await page.goto(path.replace('{id}', id));
      await expect(page.getByRole('heading', { level: 1, name: heading })).toBeVisible(PATIENT);
      await expect(statusStrip(page)).toContainText(`${part} away`, PATIENT);
      await expect(page.getByText(says)).toBeVisible();
    }
    thaw();
    await expect(statusStrip(page)).toContainText(`${part} ok`, PATIENT);
  });
}

test('while every connection to Postgres is taken a page says that it is busy, and is there at the next try', async ({
  visit,
}) => {
  const page = await visit(ordinary, '/brokers');
  const letGo = await takeAllConnections(page);
  await page.goto('/home');
  await expect(headline(page)).toHaveText('Too many requests are here at once');
  await letGo();
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Home' })).toBeVisible(PATIENT);
});

async function postOne(request: APIRequestContext): Promise<string> {
  const posted = await request.post('/api/tweets', {
    headers: { 'Idempotency-Key': randomUUID() },
    data: { text: newText('The servers hold their breath.') },
  });
  const id = /^\/api\/tweets\/(\d+)\/delivery$/.exec(posted.headers().location ?? '')?.[1];
  if (!id) throw new Error(`Expected the address of a delivery, got ${posted.status()}`);
  return id;
}

async function freezePostgres(): Promise<() => void> {
  const pids = await postgresPids({ url: theApp().databaseUrl, pid: pidOfPart('postgres') });
  return keep(freeze(pids));
}

const freezePart = (part: string): (() => void) => keep(freeze([pidOfPart(part)]));

/** A test that fails must not leave a server frozen behind. */
function keep(thaw: () => void): () => void {
  frozen.push(thaw);
  return thaw;
}

function pidOfPart(name: string): number {
  const pid = pidOf(theApp(), name);
  if (pid === undefined) throw new Error(`Expected ${name} to run`);
  return pid;
}

/**
 * Sends requests that wait for a lock: more than there are connections, and places in line for one. Each is sent again
 * until the lock is released.
 */
async function takeAllConnections(page: Page): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: theApp().databaseUrl });
  await client.connect();
  await client.query('BEGIN; LOCK TABLE "user" IN ACCESS EXCLUSIVE MODE');
  let isOver = false;
  const askOn = async () => {
    while (!isOver) await page.request.get('/api/accounts').catch(() => {});
  };
  const asking = Array.from({ length: 120 }, askOn);
  await expect.poll(async () => (await page.request.get('/api/trends')).status(), PATIENT).toBe(503);
  return async () => {
    isOver = true;
    await client.end();
    await Promise.all(asking);
  };
}
