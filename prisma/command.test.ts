import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { eventually } from '#testing/eventually.ts';
import { openWorld, type World } from '#testing/world.ts';
import { run } from './command.ts';

let world: World;
let url: string;
beforeAll(async () => {
  world = await openWorld();
  url = world.databaseUrl.replace(/[^/]+$/, `migrated_${process.pid}`);
});
afterAll(async () => {
  await world.postgres.pool.query(`DROP DATABASE IF EXISTS migrated_${process.pid} WITH (FORCE)`);
  await world.close();
});

let lines: string[];
beforeEach(() => {
  lines = [];
  vi.stubEnv('DATABASE_URL', url);
  vi.stubEnv('TIMELINE_REDIS_URL', '');
  for (const name of ['log', 'error'] as const)
    vi.spyOn(console, name).mockImplementation((line) => void lines.push(String(line)));
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

it('makes the database and its tables once, however many want it, and lets those go that wait for them', async () => {
  const waiting = run('migrate', ['--wait']);
  await eventually(() => expect(lines.join('\n')).toContain('waits until somebody runs `npm run migrate`'));
  expect(await Promise.all([run('migrate', []), run('migrate', [])])).toEqual([0, 0]);
  expect(await waiting).toBe(0);
  expect(lines.filter((line) => line.includes('migrated: 20261206000000_init'))).toHaveLength(1);
  expect(lines.filter((line) => line.includes('the tables are up to date'))).toHaveLength(1);
});
