import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Gap } from './trap.ts';

export type Doom = {
  who: 'poster' | 'worker';
  gap: Gap;
  /** How it ends; SIGSTOP only freezes it. */
  signal: 'SIGKILL' | 'SIGSTOP';
  urls: { databaseUrl: string; queueRedisUrl: string; timelineRedisUrl: string };
  draft: { authorId: number; text: string; idempotencyKey: string };
  chunkSize: number;
};

/** A process that signals itself at one point: see child.ts. */
export type Doomed = {
  /** Resolves when it is there. */
  there: Promise<void>;
  /** Resolves when the step that it was frozen before has been done, or has failed. */
  passed: Promise<void>;
  /** The signal that ended it, or null when it came to its own end. */
  ended: Promise<NodeJS.Signals | null>;
  signal(signal: 'SIGCONT' | 'SIGKILL'): void;
};

export function startDoomed(doom: Doom): Doomed {
  const script = fileURLToPath(new URL('./child.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', script, JSON.stringify(doom)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout });
  const says = (word: string) =>
    new Promise<void>((resolve) => lines.on('line', (line) => line === word && resolve()));
  return {
    there: says('there'),
    passed: says('passed'),
    ended: once(child, 'exit').then(([, signal]) => signal),
    signal: (signal) => void child.kill(signal),
  };
}
