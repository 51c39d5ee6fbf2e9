import { parentPort, workerData } from 'node:worker_threads';
import { register } from 'tsx/esm/api';

// The program of a thread that in-thread.ts starts. In JavaScript: `--import tsx` reaches no thread, so that it has to
// ask for TypeScript itself before it can import any.
register();
const { module, input } = workerData;

try {
  const { default: run } = await import(module);
  const progress = (done, total, unit) => parentPort?.postMessage({ progress: { done, total, unit } });
  parentPort?.postMessage({ result: await run(input, progress) });
} catch (error) {
  parentPort?.postMessage({ error: error instanceof Error ? `${error.name}: ${error.message}` : `${error}` });
}
