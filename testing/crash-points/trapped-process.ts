import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { nodeArgs, ROOT } from '#dev/paths.ts';

/** What a trapped process is told. See child.ts. */
export const trapOptions = z.object({
  who: z.enum(['poster', 'worker']),
  gap: z.object({
    side: z.enum(['before', 'after']),
    call: z.enum(['sql', 'publish', 'handle', 'script']),
    of: z.string(),
    nth: z.number().optional(),
  }),
  /** How it ends. SIGSTOP only freezes it. */
  signal: z.enum(['SIGKILL', 'SIGSTOP']),
  urls: z.object({ databaseUrl: z.string(), queueRedisUrl: z.string(), timelineRedisUrl: z.string() }),
  /** What a poster posts at once. */
  drafts: z.array(z.object({ authorId: z.number(), text: z.string(), idempotencyKey: z.string() })),
  chunkSize: z.number(),
});

export type TrapOptions = z.infer<typeof trapOptions>;

/** A process that signals itself at one point. */
export type TrappedProcess = {
  /** Resolves when it is there. */
  there: Promise<void>;
  /** Resolves when the step that it was frozen before has been done, or has failed. */
  passed: Promise<void>;
  /** The signal that ended it, or null when it came to its own end. */
  ended: Promise<NodeJS.Signals | null>;
  signal(signal: 'SIGCONT' | 'SIGKILL'): void;
};

export function startTrapped(options: TrapOptions): TrappedProcess {
  // Not as an argument: every user of the machine reads those, and these URLs hold passwords.
  const child = spawn(process.execPath, nodeArgs('testing/crash-points/child.ts'), {
    cwd: ROOT,
    env: { ...process.env, TRAP: JSON.stringify(options) },
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
