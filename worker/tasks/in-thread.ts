import { Worker } from 'node:worker_threads';
import { z } from 'zod';
import type { TaskRun } from '#worker/tasks/task-kind.ts';

/** What a thread says. An error in words: not every class survives being cloned. */
const threadSays = z.union([
  z.object({ progress: z.object({ done: z.number(), total: z.number(), unit: z.string() }) }),
  z.object({ error: z.string() }),
  z.object({ result: z.unknown() }),
]);

/** What `module` exports as default. Whatever goes in and out is cloned; `progress` is passed on. */
export type InThread<I, O> = (input: I, progress: TaskRun<I>['progress']) => Promise<O>;

/**
 * Runs the default export of a module in a thread of its own, so that work that computes for seconds holds up no lease,
 * no delivery and no renewal of this process. The thread is ended when the task's signal aborts, wherever it is. The
 * result is for the caller's schema to check.
 */
export async function inThread(
  module: URL,
  input: unknown,
  task: Pick<TaskRun<unknown>, 'signal' | 'progress'>,
): Promise<unknown> {
  task.signal.throwIfAborted();
  const thread = new Worker(new URL('./thread-main.mjs', import.meta.url), {
    workerData: { module: module.href, input },
  });
  const end = () => void thread.terminate();
  task.signal.addEventListener('abort', end, { once: true });
  try {
    return await answerOf(thread, task);
  } finally {
    task.signal.removeEventListener('abort', end);
    await thread.terminate();
  }
}

function answerOf(
  thread: Worker,
  { signal, progress }: Pick<TaskRun<unknown>, 'signal' | 'progress'>,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    thread.on('message', (message) => {
      const said = threadSays.parse(message);
      if ('progress' in said) progress(said.progress.done, said.progress.total, said.progress.unit);
      else if ('error' in said) reject(new Error(said.error));
      else resolve(said.result);
    });
    thread.on('error', reject);
    thread.on('exit', (code) => reject(signal.reason ?? new Error(`The thread ended with code ${code}`)));
  });
}
