import { inflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { deleteTweet } from '#core/tweets/delete-tweet.ts';
import { addFollowers, addUsers, post, range } from '#testing/people.ts';
import { openWorld, type World } from '#testing/world.ts';
import { ARCHIVE_FILES, findOwner, readFile, rowsOf, zipArchive } from './archive.ts';
import { csvLine } from './csv.ts';

const ME = 1;
const FOLLOWERS = range(100, 107);

let world: World;
beforeAll(async () => {
  world = await openWorld({ breaks: ['followers are counted right', 'followees are counted right'] });
  const { pool } = world.postgres;
  await addUsers(pool, [ME, 2, 3, ...FOLLOWERS]);
  await addFollowers(pool, ME, FOLLOWERS);
  for (const followee of [2, 3]) await addFollowers(pool, followee, [ME]);
  await pool.query(`UPDATE "user" SET name = '=SUM(1;2) "quoted", ✓' WHERE id = 3`);
});
afterAll(() => world.close());

/** Zips the files as they are read, without keeping them in between. */
async function zip(signal = new AbortController().signal, afterPage = () => {}) {
  const owner = await findOwner(world.postgres.prisma, ME);
  if (!owner) throw new Error('Expected an owner, found none');
  const rows: Partial<Record<string, number>> = {};
  const files = ARCHIVE_FILES.map((file) => ({
    file,
    async *read() {
      for await (const page of readFile(world.postgres, file, ME)) {
        rows[file] = (rows[file] ?? 0) + page.rows;
        yield Buffer.from(page.text);
        afterPage();
      }
    },
  }));
  const pieces: Buffer[] = [];
  for await (const piece of zipArchive(owner, files, signal)) pieces.push(piece);
  const expected = Object.fromEntries(ARCHIVE_FILES.map((file) => [file, rowsOf(file, owner)]));
  return { files: unzip(Buffer.concat(pieces)), rows, expected };
}

it('holds everything of an account, and tells how many rows', async () => {
  const { pool } = world.postgres;
  await post(pool, ME, 'First, with "quotes"\nand a second line');
  await post(pool, ME, '@user2 second');
  await deleteTweet(pool, ME, await post(pool, ME, 'Regretted'));
  const { files, rows, expected } = await zip();
  expect(Object.keys(files)).toEqual([
    ...['README.txt', 'profile.json', 'tweets.json', 'tweets.csv', 'following.csv', 'followers.csv'],
  ]);
  expect(JSON.parse(files['profile.json'] ?? '')).toMatchObject({ handle: 'user1', followerCount: 8 });
  const tweets: { text: string }[] = JSON.parse(files['tweets.json'] ?? '');
  expect(tweets.map(({ text }) => text)).toEqual([
    'First, with "quotes"\nand a second line',
    '@user2 second',
  ]);
  expect(files['tweets.csv']).toContain('"First, with ""quotes""\nand a second line"\r\n');
  expect(files['followers.csv']?.split('\r\n')).toEqual([
    '"id","handle","name"',
    ...FOLLOWERS.map((id) => `"${id}","user${id}","User ${id}"`),
    '',
  ]);
  expect(rows).toEqual({ 'tweets.json': 2, 'tweets.csv': 2, 'following.csv': 2, 'followers.csv': 8 });
  expect(rows).toEqual(expected);
});

it('writes nothing that a spreadsheet takes for a formula', async () => {
  const { files } = await zip();
  expect(files['following.csv']).toContain(`"3","user3","'=SUM(1;2) ""quoted"", ✓"`);
});

it.each(['=1', '+1', '-1', '@SUM(1)', '\t=1', '\r=1', '\n=1', '  =1', '＝1', '＋1', '－1', '＠1'])(
  'puts a sign before a cell that a spreadsheet could take for a formula: %j',
  (text) => {
    expect(csvLine(text, 'a=1')).toBe(`"'${text}","a=1"\r\n`);
  },
);
it('stops in the middle when it is told to', async () => {
  const abort = new AbortController();
  await expect(zip(abort.signal, () => abort.abort(new Error('enough')))).rejects.toThrow('enough');
});

/** By its central directory: names, methods and places; see APPNOTE.TXT 4.3.12. */
function unzip(zip: Buffer): Record<string, string> {
  const files: Record<string, string> = {};
  let at = zip.readUInt32LE(zip.length - 6); // in the end record, which has no comment
  while (zip.readUInt32LE(at) === 0x02014b50) {
    const [size, name, extra] = [
      zip.readUInt32LE(at + 20),
      zip.readUInt16LE(at + 28),
      zip.readUInt16LE(at + 30),
    ];
    const local = zip.readUInt32LE(at + 42);
    const data = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const packed = zip.subarray(data, data + size);
    const plain = zip.readUInt16LE(at + 10) === 8 ? inflateRawSync(packed) : packed;
    files[zip.toString('utf8', at + 46, at + 46 + name)] = plain.toString('utf8');
    at += 46 + name + extra + zip.readUInt16LE(at + 32);
  }
  return files;
}
