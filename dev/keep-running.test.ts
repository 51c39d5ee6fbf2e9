import { afterEach, expect, test } from 'vitest';
import { WRONG_CONFIG } from '#core/config.ts';
import { keepRunning, type Supervised } from './keep-running.ts';
import { until } from './ports.ts';
import { type Running, startProgram } from './program.ts';

const FOREVER = 'setInterval(() => {}, 1e6)';
const DEAF = `process.on('SIGTERM', () => {}); console.log('deaf'); ${FOREVER}`;

const programs: Supervised[] = [];

afterEach(() => Promise.all(programs.splice(0).map((program) => program.stop(0))));

test('a program that is killed is started again, and said to be', async () => {
  const said: string[] = [];
  const program = supervise(FOREVER, said);
  const first = program.pid();
  process.kill(first, 'SIGKILL');
  await until(async () => expect(program.pid()).not.toBe(first), 5_000);
  expect(isAlive(program.pid())).toBe(true);
  expect(said).toEqual(['sleeper ended (SIGKILL), starting it again in 0.5 s']);
});

test('a program that its configuration ended is not started again, and can be stopped', async () => {
  const said: string[] = [];
  const program = supervise(`process.exit(${WRONG_CONFIG})`, said);
  await until(async () => expect(said).toHaveLength(1), 5_000);
  await program.stop(5_000); // resolves when nobody watches it any more
  expect(said).toEqual(['sleeper ended, and is not started again: see its lines above']);
});

test('a program that is stopped stays down, and stopping twice is fine', async () => {
  const said: string[] = [];
  const program = supervise(FOREVER, said);
  await Promise.all([program.stop(5_000), program.stop(5_000)]);
  expect(isAlive(program.pid())).toBe(false);
  expect(said).toEqual([]);
});

test('a program that does not end when asked is killed at the deadline', async () => {
  const lines: string[] = [];
  const program = start(DEAF, lines);
  await until(async () => expect(lines).toEqual(['deaf']), 5_000);
  expect(await program.stop(100)).toEqual({ code: null, signal: 'SIGKILL' });
});

function supervise(script: string, said: string[]): Supervised {
  const program = keepRunning(
    start(script),
    async () => start(script),
    (line) => said.push(line),
  );
  programs.push(program);
  return program;
}

function start(script: string, lines: string[] = []): Running {
  return startProgram({
    name: 'sleeper',
    command: process.execPath,
    args: ['-e', script],
    output: (line) => lines.push(line),
  });
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
