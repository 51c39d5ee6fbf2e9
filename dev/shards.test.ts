import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { readLayout } from '#core/ledger/layout.ts';
import { openWorld, type World } from '#testing/world.ts';
import { run } from './shards.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  vi.stubEnv('DATABASE_URL', world.databaseUrl);
});
afterAll(() => world.close());

/** What the command prints, and how it ends. */
async function told(...args: string[]) {
  const lines: string[] = [];
  const note = (line: string) => void lines.push(line);
  const spies = [
    vi.spyOn(console, 'log').mockImplementation(note),
    vi.spyOn(console, 'error').mockImplementation(note),
  ];
  const code = await run('shards', args);
  for (const spy of spies) spy.mockRestore();
  return { code, said: lines.join('\n') };
}

it('says in how many shards the timelines lie', async () => {
  expect(await told()).toEqual({ code: 0, said: 'The timelines lie in 1 shard.' });
});

it('changes that for all processes, once', async () => {
  expect((await told('3')).said).toMatch(/^The timelines lie in 3 shards now\. All of them are cold/);
  expect(await told('3')).toEqual({ code: 0, said: 'The timelines lie in 3 shards.' });
  expect((await readLayout(world.postgres.pool)).shards).toBe(3);
});

it.each(['0', '1.5', 'three', '16385'])('refuses %s', async (wanted) => {
  const before = await readLayout(world.postgres.pool);
  const { code, said } = await told(wanted);
  expect(code).toBe(1);
  expect(said).toContain(`Expected a whole number of shards from 1 to 16384, got ${wanted}`);
  expect(await readLayout(world.postgres.pool)).toEqual(before);
});
