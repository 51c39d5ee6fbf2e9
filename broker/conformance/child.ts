import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { QueueName } from '#core/messages.ts';
import { nodeArgs, ROOT } from '#dev/paths.ts';
import { eventually } from '#testing/eventually.ts';
import type { BrokerConfig } from '../variables.ts';

/** A consumer in a process of its own: it can be killed and frozen, which a thread cannot. */
export interface TestChild {
  /** Resolves once it has said this line. */
  says(line: string): Promise<void>;
  tell(line: string): void;
  signal(signal: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void;
  /** Resolves with its exit code. */
  ended: Promise<number | null>;
  /** Kills it, also when it is frozen or gone. */
  kill(): Promise<void>;
}

export type ChildTask = { queue: QueueName; config: BrokerConfig };

export function startChild(task: ChildTask): TestChild {
  // The task is no argument: every user of the machine can read arguments, and a broker's URL holds a password.
  const child = spawn(process.execPath, nodeArgs('broker/conformance/child-process.ts'), {
    cwd: ROOT,
    env: { ...process.env, CHILD_TASK: JSON.stringify(task) },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  return {
    ended,
    async says(line) {
      await eventually(() => {
        if (!lines.includes(line)) throw new Error(`Expected ${line}, got ${JSON.stringify(lines)}`);
      });
    },
    tell: (line) => void child.stdin.write(`${line}\n`),
    signal: (signal) => void child.kill(signal),
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
