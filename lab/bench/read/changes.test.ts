import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { freePort } from '#dev/ports.ts';
import type { Page } from '#lab/load/pages.ts';
import { Changes } from './changes.ts';

const author = (id: number) => ({ id, handle: `a${id}` });
const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** A home of ten tweets by five authors, on a server that forgets what is taken away, or does not. */
async function openHome({ forgets }: { forgets: (path: string) => boolean }): Promise<string> {
  let tweets: Page['tweets'] = Array.from({ length: 10 }, (_, n) => ({ id: 100 + n, author: author(n % 5) }));
  const port = await freePort();
  const server = createServer(({ method, url = '' }, response) => {
    if (method === 'GET') return response.end(JSON.stringify({ tweets, nextCursor: null }));
    if (forgets(url))
      tweets = tweets.filter(
        ({ id, author }) => !url.endsWith(`/${id}`) && !url.includes(`/${author.handle}/`),
      );
    return response.writeHead(204).end();
  }).listen(port, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => server.close().closeAllConnections());
  return `http://127.0.0.1:${port}`;
}

async function change(url: string, times: number) {
  const app = { url, cookieOf: async () => 'session=author' };
  const changes = new Changes(app, [{ id: 1, handle: 'reader', cookie: 'session=reader' }]);
  for (let n = 0; n < times; n++) await changes.runOnce();
  return changes.result();
}

test('a home that drops what is deleted and unfollowed has no violation', async () => {
  const { deletes, unfollows, violations } = await change(await openHome({ forgets: () => true }), 4);
  expect({ deletes, unfollows, violations }).toEqual({ deletes: 2, unfollows: 2, violations: [] });
});

test('a deleted tweet that is shown after its 204 is a violation', async () => {
  const url = await openHome({ forgets: (path) => !path.startsWith('/api/tweets') });
  expect((await change(url, 1)).violations).toEqual(['reader was shown the deleted tweet 100']);
});

test('a tweet of an unfollowed author that is shown after the 204 is a violation', async () => {
  const url = await openHome({ forgets: (path) => !path.endsWith('/follow') });
  const { violations } = await change(url, 2);
  expect(violations[0]).toMatch(/^reader was shown tweet 10\d of a\d, unfollowed$/);
});
