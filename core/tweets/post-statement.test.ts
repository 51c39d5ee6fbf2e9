import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { costOf } from '#core/admission/admission.ts';
import { isPoolBusy, isPostgresAway } from '#core/away.ts';
import { openPostgres } from '#core/postgres.ts';
import { eventually } from '#testing/eventually.ts';
import { addFollowers, addUsers, range } from '#testing/people.ts';
import { openWorld, type World } from '#testing/world.ts';
import { TweetPoster } from './post-statement.ts';
import { type PostOutcome, postBy, postTweet, UNLIMITED, UnknownAuthor } from './post-tweet.ts';

const AUTHORS = range(1, 20); // of 10 followers each
const FOLLOWERS = 10;
const NOBODYS = 21; // has no followers

let world: World;
let poster: TweetPoster;
beforeAll(async () => {
  world = await openWorld();
  await addUsers(pool(), range(1, 40));
  for (const author of AUTHORS) await addFollowers(pool(), author, range(31, 40));
});
afterAll(() => world.close());
beforeEach(() => {
  poster = new TweetPoster(pool());
});
afterEach(() =>
  pool().query('DELETE FROM fan_out; DELETE FROM tweet; DELETE FROM idempotency_key; DELETE FROM post_rate'),
);

const pool = () => world.postgres.pool;
const draft = (authorId: number, idempotencyKey: string = crypto.randomUUID()) => ({
  ...{ authorId, text: 'Hello', idempotencyKey },
});
const outcomesOf = (posts: PostOutcome[]) => posts.map(({ outcome }) => outcome);
const promised = (count: number) => ({ ...UNLIMITED, maxBacklog: costOf(FOLLOWERS) * count + 5 });

async function count(table: string): Promise<number> {
  const { rows } = await pool().query<{ count: number }>(`SELECT count(*)::int FROM ${table}`);
  return rows[0]?.count ?? Number.NaN;
}

async function backlog(): Promise<number> {
  const { rows } = await pool().query<{ deliveries: number }>('SELECT deliveries FROM backlog');
  return rows[0]?.deliveries ?? Number.NaN;
}

function countStatements() {
  const asked = vi.spyOn(pg.Client.prototype, 'query');
  onTestFinished(() => asked.mockRestore());
  return asked;
}

/** A transaction of somebody else that has said this, until it is let go. */
async function hold(sql: string): Promise<{ letGo(): Promise<void> }> {
  const client = await pool().connect();
  await client.query(`BEGIN; ${sql}`);
  const letGo = async () => {
    await client.query('COMMIT');
    client.release();
  };
  return { letGo };
}

const HOLD_BACKLOG = 'SELECT FROM backlog FOR UPDATE';

/** Resolves when so many calls of post_tweets wait for a lock. */
const untilWaiting = (calls: number) =>
  eventually(async () => {
    const { rows } = await pool().query(
      `SELECT pid FROM pg_stat_activity WHERE query LIKE '%FROM post_tweets%' AND wait_event_type = 'Lock'
         AND datname = current_database()`,
    );
    expect(rows).toHaveLength(calls);
    return rows;
  });

describe('posts that come at once', () => {
  it('are one statement and one commit, and each gets its own answer', async () => {
    const asked = countStatements();
    const posts = await Promise.all(
      AUTHORS.map((author) => postBy(poster, draft(author, `key-of-${author}`))),
    );
    expect(asked).toHaveBeenCalledTimes(1);
    const { rows } = await pool().query('SELECT DISTINCT xmin FROM tweet');
    expect(rows).toHaveLength(1);
    for (const [n, post] of posts.entries())
      expect(post).toEqual({
        ...(await postTweet(pool(), draft(n + 1, `key-of-${n + 1}`))),
        replayed: false,
      });
    expect(await backlog()).toBe(AUTHORS.length * FOLLOWERS);
  });
  it('of one author have ascending ids, and no more of them than he may post', async () => {
    const limits = { ...UNLIMITED, postsPerMinute: 5 };
    const outcomes = await Promise.all(range(1, 30).map(() => postBy(poster, draft(1), limits)));
    const ids = outcomes.flatMap((post) => (post.outcome === 'posted' ? [post.tweet.id] : []));
    expect(outcomesOf(outcomes.slice(0, 5))).toEqual(range(1, 5).map(() => 'posted'));
    expect(outcomesOf(outcomes.slice(5))).toEqual(range(6, 30).map(() => 'too fast'));
    expect(ids).toEqual([...ids].sort((one, other) => one - other));
    expect(await postTweet(pool(), draft(1), limits)).toMatchObject({ outcome: 'too fast' });
  });

  it('of one key are one tweet, and the others are in progress', async () => {
    const outcomes = await Promise.all(range(1, 20).map(() => postBy(poster, draft(1, 'key-of-all'))));
    expect(outcomesOf(outcomes)).toEqual(['posted', ...range(2, 20).map(() => 'in progress')]);
    expect(await postBy(poster, draft(1, 'key-of-all'))).toMatchObject({ outcome: 'posted', replayed: true });
    expect(await count('tweet')).toBe(1);
  });

  it('of the same authors by two processes, in either order, never wait for each other in a circle', async () => {
    const other = openPostgres({ url: world.databaseUrl, max: 3, name: 'other' });
    onTestFinished(() => other.close());
    const neighbour = new TweetPoster(other.pool);
    for (const _ of range(1, 10)) {
      const there = AUTHORS.map((author) => postBy(poster, draft(author)));
      const back = [...AUTHORS].reverse().map((author) => postBy(neighbour, draft(author)));
      expect(new Set(outcomesOf(await Promise.all([...there, ...back])))).toEqual(new Set(['posted']));
    }
  });
});

describe('admission of a crowd', () => {
  it.each([
    { posters: 64, room: 3 }, // nearly full: the row is locked before anything is written
    { posters: 160, room: 100 }, // and at first it is locked last
  ])('takes $room of $posters posts that come at once to two processes, and not one more', async (crowd) => {
    const other = openPostgres({ url: world.databaseUrl, max: 3, name: 'other' });
    onTestFinished(() => other.close());
    const posters = [poster, new TweetPoster(other.pool)];
    await postBy(poster, draft(1)); // so that the system is not empty
    const outcomes = await Promise.all(
      range(1, crowd.posters).map((n) =>
        postBy(posters[n % 2] ?? poster, draft((n % 20) + 1), promised(1 + crowd.room)),
      ),
    );
    expect(outcomes.filter((post) => post?.outcome === 'posted')).toHaveLength(crowd.room);
    expect(outcomes.filter((post) => post?.outcome === 'full')).toHaveLength(crowd.posters - crowd.room);
    expect(await backlog()).toBe((1 + crowd.room) * FOLLOWERS);
    expect(await count('tweet')).toBe(1 + crowd.room);
  });
  it('takes back what a crowd wrote when others took the room meanwhile, and lets in who still fits', async () => {
    const others = await hold('UPDATE backlog SET deliveries = deliveries + 1000');
    const crowd = [1, 2, NOBODYS].map((author) =>
      postBy(poster, draft(author), { ...UNLIMITED, maxBacklog: 1_000 + costOf(FOLLOWERS) }),
    );
    const ended = Promise.all(crowd);
    await untilWaiting(1);
    await others.letGo();
    expect(outcomesOf(await ended).sort()).toEqual(['full', 'posted', 'posted']);
    expect(await backlog()).toBe(1_010);
    expect(await count('tweet')).toBe(2);
    await pool().query('UPDATE backlog SET deliveries = deliveries - 1000');
  });
});
describe('no post takes another along', () => {
  it('when it is refused, for whatever reason', async () => {
    const once = { ...UNLIMITED, postsPerMinute: 1 };
    await Promise.all([postBy(poster, draft(1)), postBy(poster, draft(2, 'key-used'))]);
    const busy = await hold(`SELECT pg_advisory_xact_lock(3, hashtext('key-held'))`);
    onTestFinished(() => busy.letGo());
    const crowd = await Promise.allSettled([
      postBy(poster, draft(1), once),
      postBy(poster, { ...draft(2, 'key-used'), text: 'Other' }),
      postBy(poster, draft(3, 'key-held')),
      postBy(poster, draft(999)),
      postBy(poster, draft(4), { ...UNLIMITED, memory: { queue: { used: 10, max: 10 } } }),
      postBy(poster, draft(5)),
    ]);
    expect(crowd).toMatchObject([
      { value: { outcome: 'too fast' } },
      { value: { outcome: 'mismatch' } },
      { value: { outcome: 'in progress' } },
      { reason: expect.any(UnknownAuthor) },
      { value: { outcome: 'full', reason: 'queue full' } },
      { value: { outcome: 'posted' } },
    ]);
    expect([await count('tweet'), await count('fan_out'), await count('idempotency_key')]).toEqual([3, 3, 3]);
    expect(await backlog()).toBe(3 * FOLLOWERS);
  });

  it('when it makes the statement fail', async () => {
    await pool().query(`CREATE FUNCTION refuse_poison() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF NEW.text = 'poison' THEN RAISE EXCEPTION 'poisoned'; END IF; RETURN NEW; END $$;
      CREATE TRIGGER refuse_poison BEFORE INSERT ON tweet FOR EACH ROW EXECUTE FUNCTION refuse_poison()`);
    onTestFinished(async () => void (await pool().query('DROP FUNCTION refuse_poison CASCADE')));
    const [one, poison, other] = await Promise.allSettled([
      postBy(poster, draft(1)),
      postBy(poster, { ...draft(2), text: 'poison' }),
      postBy(poster, draft(3)),
    ]);
    expect(one).toMatchObject({ value: { outcome: 'posted' } });
    expect(poison).toMatchObject({ reason: { message: 'poisoned' } });
    expect(other).toMatchObject({ value: { outcome: 'posted' } });
    expect(await count('tweet')).toBe(2);
  });

  it.each([
    ['somebody follows its author', 'SELECT FROM "user" WHERE id = 2 FOR NO KEY UPDATE'],
    ['another process posts for its author', 'SELECT pg_advisory_xact_lock(4294967296 + 2)'],
  ])('when it has to wait because %s', async (_, lock) => {
    const holder = await hold(lock);
    const waiting = postBy(poster, draft(2));
    const beside = [postBy(poster, draft(1)), postBy(poster, draft(3))];
    expect(outcomesOf(await Promise.all(beside))).toEqual(['posted', 'posted']);
    await untilWaiting(1);
    expect(await postBy(poster, draft(4))).toMatchObject({ outcome: 'posted' });
    await holder.letGo();
    expect(await waiting).toMatchObject({ outcome: 'posted' });
  });
});

describe('a crowd whose process or server dies while Postgres writes', () => {
  const keys = range(1, 5).map((n) => ({ ...draft(n, `key-dying-${n}`) }));
  const postAll = () => Promise.all(keys.map((key) => postBy(poster, key)));

  it('is written as a whole, and once', async () => {
    const dying = openPostgres({ url: world.databaseUrl, max: 1, name: 'dying' });
    const connected = new Promise<pg.Client>((resolve) => dying.pool.once('connect', resolve));
    const holder = await hold(HOLD_BACKLOG);
    const doomed = new TweetPoster(dying.pool);
    const lost = Promise.allSettled(keys.map((key) => postBy(doomed, key)));
    await untilWaiting(1);
    await (await connected).end();
    for (const { status } of await lost) expect(status).toBe('rejected');
    await dying.close();
    expect(outcomesOf(await postAll())).toEqual(keys.map(() => 'in progress'));
    await holder.letGo();
    await eventually(async () => {
      for (const post of await postAll()) expect(post).toMatchObject({ outcome: 'posted', replayed: true });
    });
    expect(await count('tweet')).toBe(keys.length);
  });

  it('is not written at all when the server gives it up, is not tried again, and is once it comes again', async () => {
    const holder = await hold(HOLD_BACKLOG);
    const lost = Promise.allSettled(keys.map((key) => postBy(poster, key)));
    const [waiting] = await untilWaiting(1);
    await pool().query('SELECT pg_terminate_backend($1)', [waiting?.pid]);
    for (const post of await lost)
      expect(post.status === 'rejected' && isPostgresAway(post.reason)).toBe(true);
    await holder.letGo();
    expect(await count('tweet')).toBe(0);
    for (const post of await postAll()) expect(post).toMatchObject({ outcome: 'posted', replayed: false });
  });
});

it('refuses who would wait too long, before anything is asked', async () => {
  const posts = await Promise.allSettled(range(1, 201).map(() => postBy(poster, draft(NOBODYS))));
  expect(posts.slice(0, 200).every(({ status }) => status === 'fulfilled')).toBe(true);
  const [late] = posts.slice(200);
  expect(late?.status === 'rejected' && isPoolBusy(late.reason)).toBe(true);
  expect(await postBy(poster, draft(NOBODYS))).toMatchObject({ outcome: 'posted' });
});
