import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '#testing/eventually.ts';
import { type PathProcesses, startPathProcesses } from '#testing/path-processes.ts';
import { addDemoAccount, addFollowers, addUsers, range } from '#testing/people.ts';
import { openWorld, type World } from '#testing/world.ts';

/**
 * Holds docs/path.md against what runs. Both processes are asked which functions ran while pages were open and nothing
 * happened, and which ran for one small and one large tweet: what only the tweets ran is the path.
 *
 * The browser's half is held statically: its files exist, and each is joined to the others by an import.
 */
const CHUNK = 10; // followers
const [SMALL, LARGE, READER] = ['small', 'large', 'reader'] as const;
const FEW = 3; // one chunk
const MANY = 65; // seven chunks: a second step of the plan, and a message of several

const LINES = /^\| +\d+ +\| \[[^\]]+\]\(\.\.\/([^)]+)\)/gm;
const filesIn = (text: string) => [...text.matchAll(LINES)].map(([, file = '']) => decodeURI(file));
const [beforeHome = '', fromHome = ''] = readFileSync('docs/path.md', 'utf8').split(
  '## When a follower opens home',
);
const path = filesIn(beforeHome);
const opensHome = filesIn(fromHome);
const listed = [...path, ...opensHome];
const browser = listed.filter((file) => file.startsWith('app/'));
const server = listed.filter((file) => !file.startsWith('app/'));

let world: World;
let processes: PathProcesses;
const idle = new Set<string>();
let during: Set<string>;
beforeAll(async () => {
  world = await openWorld();
  await addPeople();
  processes = await startPathProcesses(world, CHUNK);
  await settled();
  const small = await openPages(SMALL);
  const large = await openPages(LARGE);
  const reader = await openPages(READER);
  await eventually(() => expect(reader.heard().split('event: beat').length).toBeGreaterThan(3)); // every timer ran
  await eventually(async () => {
    for (const ran of await processes.functionsThatRan()) idle.add(ran);
    expect([...idle].some((ran) => ran.startsWith('worker/relay.ts:relayOnce'))).toBe(true); // the last loop to look
  });
  for (const author of [small, large]) {
    const text = `Hello from ${author.handle}`;
    await author.post(text);
    await eventually(() => expect(author.heard()).toContain('"state":"delivered"'));
    await eventually(() => expect(reader.heard()).toContain(text));
    expect(await reader.home()).toContain(text);
  }
  await eventually(packed);
  during = await processes.functionsThatRan();
  for (const person of [small, large, reader]) person.leave();
}, 60_000);
afterAll(async () => {
  await processes?.close();
  await world.close();
});

it('names every file that runs for a tweet', () => {
  const ran = [...during].filter((each) => !idle.has(each));
  const missing = ran.filter((each) => isProduct(fileOf(each)) && !listed.includes(fileOf(each)));
  expect(missing).toEqual([]);
});

it('names no server file that does not run', () => {
  const ran = new Set([...idle, ...during].map(fileOf));
  expect(server.filter((file) => !ran.has(file))).toEqual([]);
});

it('names files of the browser that exist and are joined by imports', () => {
  const imports = (file: string, other: string) => importsOf(file).some((path) => other.endsWith(path));
  const alone = browser.filter(
    (file) => !browser.some((other) => other !== file && (imports(other, file) || imports(file, other))),
  );
  expect(alone).toEqual([]);
});

it('stays short enough to be read in one sitting', () => {
  const lines = path.map((file) => readFileSync(file, 'utf8').split('\n').length - 1);
  expect(path.length).toBeLessThanOrEqual(36);
  expect(lines.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(4_500);
  expect(opensHome.length).toBeLessThanOrEqual(6);
});

async function addPeople(): Promise<void> {
  const { pool } = world.postgres;
  for (const [n, handle] of [SMALL, LARGE, READER].entries())
    await addDemoAccount(pool, { id: n + 1, handle });
  await addUsers(pool, range(4, 70));
  await addFollowers(pool, 1, range(3, 2 + FEW));
  await addFollowers(pool, 2, range(3, 2 + MANY));
}

/** Resolves when the worker has found the timeline store complete, and has counted the trends, as it does every 30 s. */
async function settled(): Promise<void> {
  const { pool } = world.postgres;
  await eventually(async () => {
    expect(await world.timelines.exists('epoch:{0}')).toBe(1);
    const { rowCount } = await pool.query(`SELECT FROM task WHERE kind = 'trends' AND state = 'succeeded'`);
    expect(rowCount).toBeGreaterThan(0);
  });
  await pool.query('UPDATE schedule SET enabled = false'); // none of the others begins in the middle of the test
}

/** The followers of a large tweet are packed behind it. */
async function packed(): Promise<void> {
  const { rowCount } = await world.postgres.pool.query('SELECT FROM follower_pack WHERE followee_id = 2');
  expect(rowCount).toBeGreaterThan(0);
}

/** A person who is signed in, has read home, and whose stream is open. */
async function openPages(handle: string) {
  const { url } = processes;
  for (const path of ['healthz', 'readyz', 'metrics']) await expectOk(fetch(`${url}/${path}`)); // asked for all the time
  const entered = await expectOk(fetch(`${url}/api/session`, request({ handle })));
  const cookie = entered.headers.get('set-cookie') ?? '';
  const home = async () =>
    (await expectOk(fetch(`${url}/api/timelines/home`, { headers: { cookie } }))).text();
  await home();
  const leaving = new AbortController();
  const topics = `home:${handle},posts:${handle},status`;
  const stream = await expectOk(
    fetch(`${url}/api/stream?topics=${topics}`, { headers: { cookie }, signal: leaving.signal }),
  );
  const events: string[] = [];
  void keepReading(stream, events).catch(() => {});
  await eventually(() => expect(events.join('')).toContain('event: status'));
  return {
    ...{ handle, home, heard: () => events.join(''), leave: () => leaving.abort() },
    post: (text: string) =>
      expectOk(
        fetch(`${url}/api/tweets`, request({ text }, { cookie, 'idempotency-key': crypto.randomUUID() })),
      ),
  };
}

async function keepReading(stream: Response, events: string[]): Promise<void> {
  if (!stream.body) return;
  const text = stream.body.pipeThrough(new TextDecoderStream());
  for await (const part of text) events.push(part);
}

const request = (body: object, headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin', ...headers },
  body: JSON.stringify(body),
});

async function expectOk(answer: Promise<Response>): Promise<Response> {
  const response = await answer;
  expect(response.ok, `${response.url} answered ${response.status}`).toBe(true);
  return response;
}

const fileOf = (ran: string): string => ran.split(':')[0] ?? '';

const isProduct = (file: string): boolean => /^(api|core|worker|broker)\//.test(file);

/** The ends of the paths that a file imports: `#app/x.ts` and `./x.ts` alike. */
function importsOf(file: string): string[] {
  if (!existsSync(file)) throw new Error(`docs/path.md names ${file}, which does not exist`);
  const paths = [...readFileSync(file, 'utf8').matchAll(/from '(?:#|\.\/)([^']+)'/g)];
  return paths.map(([, path = '']) => path);
}
