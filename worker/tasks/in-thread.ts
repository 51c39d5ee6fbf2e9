import { Worker } from 'node:worker_threads';
import { z } from 'zod';
import type { TaskRun } from '#worker/tasks/task-kind.ts';

/** What a thread says. An error comes as text, because not every class survives being cloned. */
const threadSays = z.union([
  z.object({ progress: z.object({ done: z.number(), total: z.number(), unit: z.string() }) }),
  z.object({ error: z.string() }),
  z.object({ result: z.unknown() }),
]);

/** What the module exports as default. Its input and output are cloned. `progress` is passed on. */
export type InThread<I, O> = (input: I, progress: TaskRun<I>['progress']) => Promise<O>;

/**
 * Runs the default export of a module in a thread of its own, so that seconds of computing hold up no lease and no delivery
 * of this process. When the task's signal aborts, the thread is ended, whatever it is doing. The caller checks the result
 * by a schema.
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
