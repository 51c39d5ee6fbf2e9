import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import { text } from 'node:stream/consumers';

type Started = { child: ChildProcessWithoutNullStreams; lines: Interface };
type Environment = Record<string, string>;

/** Starts a program of somebody else. Its lines can be read, and answered by its standard input. */
export function start(command: string, args: string[], env: Environment = {}): Started {
  const child = spawn(command, args, { env: { ...process.env, ...env } });
  return { child, lines: createInterface({ input: child.stdout }) };
}

/** Runs a program to its end and returns what it printed. Throws, with what it said, when it failed. */
export async function run(command: string, args: string[], env: Environment = {}): Promise<string> {
  const { child } = start(command, args, env);
  child.stdin.end();
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const [printed, said] = await Promise.all([text(child.stdout), text(child.stderr)]);
  if ((await ended) === 0) return printed;
  throw new Error(`${command} ${args.join(' ')}: ${said || printed}`);
}

/** Resolves with what a pattern finds in the output of a running program; rejects when the program ends before. */
export function waitFor({ child }: Started, from: 'stdout' | 'stderr', pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    child[from].on('data', (data) => {
      output += data;
      const found = pattern.exec(output)?.[0];
      if (found) resolve(found);
    });
    child.on('close', (code) => reject(new Error(`${child.spawnfile} ended with ${code}: ${output}`)));
  });
}
