import { once } from 'node:events';
import { openBroker } from '../open-broker.ts';
import type { ChildTask } from './child.ts';

/**
 * The program of a test's child process. It takes messages, says `took {body}` and never finishes one. It says `aborted`
 * when a message's signal is aborted. When told `close`, it closes its broker and must end by itself: nothing here calls
 * exit.
 */
const task = JSON.parse(process.env.CHILD_TASK ?? '') as ChildTask;
const broker = openBroker(task.config);

broker.consume(
  task.queue,
  ({ body, signal }) => {
    signal.addEventListener('abort', () => console.log('aborted'));
    console.log(`took ${body}`);
    return new Promise(() => {});
  },
  { concurrency: 1 },
);

await once(process.stdin, 'data');
await broker.close(100);
process.stdin.destroy();
console.log('closed');
