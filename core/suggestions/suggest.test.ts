import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { addFollowers, addUsers, range } from '#testing/people.ts';
import { statementsOf } from '#testing/statements.ts';
import { openWorld, type World } from '#testing/world.ts';
import { type Graph, readGraph } from './graph.ts';
import { suggest } from './suggest.ts';
import { keepSuggestions, readSuggestions, staleSuggestions } from './suggestions.ts';

/** Followers by followee. */
function graph(edges: Record<number, number[]>): Graph {
  const followers = new Map(Object.entries(edges).map(([id, ids]) => [Number(id), Int32Array.from(ids)]));
  return { followers, lastId: Math.max(...[...followers].flatMap(([id, ids]) => [id, ...ids])) };
}

const ME = 1;
const MINE = 2; // whom I follow

describe('who to follow', () => {
  it('is who is followed by those who follow whom I follow, most of them first', () => {
    const found = suggest(graph({ [MINE]: [ME, 11, 12, 13], 3: [11], 4: [12, 13], 5: [99] }), ME, 10);
    expect(found.readers).toBe(3);
    expect(found.suggested.map(({ id, shared }) => ({ id, shared }))).toEqual([
      { id: 4, shared: 2 },
      { id: 3, shared: 1 },
    ]);
  });
  it('weighs by the logarithms of both hubs, as Adamic and Adar do', () => {
    const [found] = suggest(graph({ [MINE]: [ME, 11, 12, 13], 3: [11], 4: [11] }), ME, 1).suggested;
    expect(found?.score).toBeCloseTo(1 / Math.log(4) / Math.log(3)); // 4 follow mine, reader 11 follows 3
  });
});

describe('the graph', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
  });
  beforeEach(async () => {
    await world.postgres.pool.query('TRUNCATE "user", follow, suggestion_list');
    await world.postgres.pool.query('UPDATE backlog SET deliveries = 0');
  });
  afterAll(() => world.close());

  const read = (options: { signal?: AbortSignal; patienceMs?: number } = {}) => {
    const told: [number, number, string][] = [];
    const graph = readGraph(world.postgres.pool, {
      signal: new AbortController().signal,
      patienceMs: 0,
      progress: (...figures) => told.push(figures),
      ...options,
    });
    return { graph, told };
  };

  it('is read as a whole, also when somebody’s followers go over several pages', async () => {
    const { pool } = world.postgres;
    await pool.query(
      `INSERT INTO follow (followee_id, follower_id, since)
       SELECT followee, follower, 0 FROM generate_series(1, 3) followee, generate_series(10, 25009) follower`,
    );
    const { graph, told } = read();
    const { followers, lastId } = await graph;
    expect([...followers.keys()]).toEqual([1, 2, 3]);
    for (const ids of followers.values()) expect([...ids]).toEqual(range(10, 25_009));
    expect(lastId).toBe(25_009);
    expect(told.map(([done]) => done)).toEqual([20_000, 40_000, 60_000, 75_000]);
  });

  it('steps aside while deliveries wait, for as long as its patience lasts', async () => {
    await world.postgres.pool.query('UPDATE backlog SET deliveries = 1000000');
    const { graph, told } = read({ patienceMs: 200 });
    const started = performance.now();
    await graph;
    expect(performance.now() - started).toBeGreaterThan(190);
    expect(told).toHaveLength(1);
  });

  it('stops when it is told to', async () => {
    await world.postgres.pool.query('UPDATE backlog SET deliveries = 1000000');
    const abort = new AbortController();
    const { graph, told } = read({ signal: abort.signal, patienceMs: 60_000 });
    abort.abort(new Error('enough'));
    await expect(graph).rejects.toThrow();
    expect(told).toEqual([]);
  });

  it('gives suggestions that are kept, and shows those that are not followed by then', async () => {
    const { pool, prisma } = world.postgres;
    await addUsers(pool, [ME, MINE, 3, 4, 11, 12]);
    await addFollowers(pool, MINE, [ME, 11, 12]);
    await addFollowers(pool, 3, [11, 12]);
    await addFollowers(pool, 4, [12]);
    expect(await readSuggestions(prisma, ME, 5)).toBeNull();
    await keepSuggestions(pool, ME, suggest(await read().graph, ME, 10));
    const shown = async () => (await readSuggestions(prisma, ME, 5))?.accounts;
    expect(await shown()).toEqual([
      { id: 3, handle: 'user3', name: 'User 3', followerCount: 2, shared: 2 },
      { id: 4, handle: 'user4', name: 'User 4', followerCount: 1, shared: 1 },
    ]);
    expect(await statementsOf(shown)).toHaveLength(2);
    await addFollowers(pool, 3, [ME]);
    expect(await shown()).toMatchObject([{ id: 4 }]);
    expect(await staleSuggestions(pool, 5)).toEqual([]);
    await pool.query("UPDATE suggestion_list SET computed_at = computed_at - interval '25 h'");
    expect(await staleSuggestions(pool, 5)).toEqual([ME]);
  });
});
