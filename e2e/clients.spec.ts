import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, type Page } from '@playwright/test';
import { ordinary } from '#prisma/seed/demo/ordinary.ts';
import { consentPath, fetchToken, register } from './client-app.ts';
import { openLive } from './open-live.ts';
import { signIn } from './sign-in.ts';
import { test } from './walkthrough.ts';

// A trace copies the page before and after every look. That took half of the time.
test.use({ video: 'off', trace: 'off' });

/** A web app of somebody else: it remembers where the browser came back to. */
let app: Server;
let cameBack: URL[] = [];
let redirect = '';

test.beforeAll(async () => {
  app = createServer((incoming, outgoing) => {
    const url = new URL(incoming.url ?? '/', redirect);
    if (url.pathname === '/back') cameBack.push(url);
    outgoing.setHeader('content-type', 'text/html').end('<h1>Back in the app</h1>');
  });
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve));
  redirect = `http://127.0.0.1:${(app.address() as AddressInfo).port}/back`;
});
test.beforeEach(() => {
  cameBack = [];
});
test.afterAll(() => new Promise((resolve) => app.close(resolve)));

const heading = (page: Page) => page.getByRole('heading', { level: 1 });

test('an app is let in by keyboard, acts, is listed, and is disconnected', async ({ visit }) => {
  const page = await visit(ordinary);
  const { request } = page;
  const client = await register(request, 'Pocket reader', redirect);
  await page.goto(consentPath(client, 'read'));
  await expect(heading(page)).toHaveText('Connect Pocket reader?');
  await expect(page.getByRole('listitem').filter({ hasText: 'read your home timeline' })).toBeVisible();
  await expect(page.getByText('post, schedule and delete')).toBeHidden();
  const me = page.getByRole('radio', { name: ordinary.name });
  await expect(me).toBeChecked();
  await me.focus();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('button', { name: 'Allow' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(heading(page)).toHaveText('Back in the app');
  const code = cameBack[0]?.searchParams.get('code') ?? '';
  const authorization = `Bearer ${await fetchToken(request, client, code)}`;
  const call = () => request.get('/api/v1/apps/verify_credentials', { headers: { authorization } });
  expect((await call()).status()).toBe(200);
  await openLive(page, '/home');
  await page.getByRole('link', { name: 'Clients' }).click();
  const connected = page.getByRole('listitem').filter({ hasText: 'Pocket reader' });
  await expect(connected).toContainText('used just now');
  await connected.getByRole('button', { name: 'Disconnect Pocket reader' }).click();
  await expect(connected).toBeHidden();
  await expect(page.getByRole('status').filter({ hasText: 'is disconnected' })).toHaveCount(1);
  expect((await call()).status()).toBe(401);
});

test('an app without an address gets a code that its user types in', async ({ page }) => {
  await signIn(page.request, ordinary);
  const client = await register(page.request, 'Command line');
  await page.goto(consentPath(client));
  await expect(page.getByText('You will get a code to type into it.')).toBeVisible();
  await page.getByRole('button', { name: 'Allow' }).click();
  await expect(heading(page)).toHaveText('Type this code into your app');
  await expect(page.getByLabel('Code')).toHaveValue(/^\w{32}$/);
  await page.goto(consentPath(client));
  await page.getByRole('button', { name: 'Deny' }).click();
  await expect(heading(page)).toHaveText('Denied');
});
