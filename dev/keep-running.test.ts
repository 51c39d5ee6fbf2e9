import { readFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { WRONG_CONFIG } from '#core/config.ts';
import { eventually } from '#testing/eventually.ts';
import { keepRunning, type Supervised } from './keep-running.ts';
import { type Running, startProgram } from './program.ts';

const FOREVER = 'setInterval(() => {}, 1e6)';

const programs: Supervised[] = [];

afterEach(() => Promise.all(programs.splice(0).map((program) => program.stop(0))));

test('a program that is killed is started again, and said to be', async () => {
  const said: string[] = [];
  const program = supervise(FOREVER, said);
  const first = program.pid();
  process.kill(first, 'SIGKILL');
  await eventually(async () => expect(program.pid()).not.toBe(first));
  expect(isAlive(program.pid())).toBe(true);
  expect(said).toEqual(['sleeper ended (SIGKILL), starting it again in 0.5 s']);
});

test('a program that its configuration ended is not started again, and can be stopped', async () => {
  const said: string[] = [];
  const program = supervise(`process.exit(${WRONG_CONFIG})`, said);
  await eventually(async () => expect(said).toHaveLength(1));
  await program.stop(5_000); // resolves when nobody watches it any more
  expect(said).toEqual(['sleeper ended, and is not started again: see its lines above']);
});
test('a program that is killed by somebody else while it is to be down stays down', async () => {
  const said: string[] = [];
  const program = supervise(FOREVER, said);
  process.kill(program.pid(), 'SIGKILL');
  await eventually(async () => expect(said).toHaveLength(1));
  await program.down('kill');
  const last = program.pid();
  await program.up();
  expect(program.pid()).not.toBe(last);
  expect(isAlive(program.pid())).toBe(true);
});

test.runIf(process.platform === 'linux')(
  'a frozen program stands still, goes on when it is thawed, and ends when it is asked to',
  async () => {
    const lines: string[] = [];
    const running = start("setInterval(() => console.log('tick'), 5)", lines);
    await eventually(async () => expect(lines.length).toBeGreaterThan(0));
    running.freeze();
    await eventually(async () => expect(stateOf(running.pid)).toBe('T'));
    running.thaw();
    const before = lines.length;
    await eventually(async () => expect(lines.length).toBeGreaterThan(before + 1));
    running.freeze();
    expect(await running.stop(60_000)).toEqual({ code: null, signal: 'SIGTERM' });
  },
);

/** The state of a process, as the system tells it: `T` is stopped, `S` sleeps. */
function stateOf(pid: number): string | undefined {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
}

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
