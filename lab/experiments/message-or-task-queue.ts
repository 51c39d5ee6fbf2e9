import { EventEmitter, once } from 'node:events';
import { openEmptyBroker } from '#broker/open-broker.ts';
import type { OwnBroker } from '#broker/port.ts';
import { HOUR } from '#core/durations.ts';
import { time } from '#core/lab/race-result.ts';
import { askTasks } from '#core/tasks/ask.ts';
import { askNow } from '#core/tasks/ask-now.ts';
import { cancelTask } from '#core/tasks/cancel.ts';
import { handOver } from '#core/tasks/due.ts';
import { readTask } from '#core/tasks/read-tasks.ts';
import { isOver, type Task } from '#core/tasks/task.ts';
import { countTrends } from '#core/trends/count-trends.ts';
import { until } from '#dev/ports.ts';
import { median } from '#lab/harness/statistics.ts';
import type { Connections } from '#lab/stage/connect.ts';
import type { Experiment } from './experiment.ts';
import { removeTasks } from './remove-tasks.ts';

const QUEUE = 'task';
const KIND = 'trends';
const PATIENCE = 30_000; // ms
const ACKNOWLEDGED = 2_000; // ms

/** Asks for the same work as a message and as a task. */
export const messageOrTaskQueue: Experiment = {
  info: {
    id: 'message-or-task-queue',
    title: 'Message queue, or task queue',
    statement:
      'A message says that something is to be done, and is gone once it is done. A task has a state, a result and a time, and can be cancelled.',
    question:
      'The same work is asked for as a message and as a task. Afterwards somebody asks what became of it. Which one can tell?',
    answers: [
      { id: 'message', text: 'The message queue.' },
      { id: 'task', text: 'The task queue.' },
      { id: 'both', text: 'Both.' },
    ],
    breaks: 'Nothing. The trends are counted a few times, as they are every 30 s, and one task is cancelled.',
    why: 'A task is a row, and the broker carries its id: state, attempts, worker and result stay when the message is gone. A fan-out is a message with a ledger of its own, which knows of tweets and nothing of other work (core/tasks/task.ts).',
    decision: 'docs/decisions/014-tasks-are-rows.md',
    size: { of: 'times each way', usual: 10, most: 50 },
    takes: 10,
  },
  async run(stage) {
    const { connections, options } = stage;
    const own = await openEmptyBroker(connections.config, 'messages', [QUEUE]);
    const ids: number[] = [];
    const close = async () => {
      await own.remove().catch(() => {}); // it may be closed already
      await own.close(0);
      await removeTasks(connections.pool, ids);
    };
    stage.onEnd(close);
    try {
      const messages = await byMessages(connections, own, options.size);
      stage.note(`${options.size} messages are handled`);
      const kept = await countKept(own);
      const tasks = await byTasks(connections, options.size, ids);
      stage.note(`${options.size} tasks are done`);
      const later = await cancelOne(connections, ids);
      const told = tasks.done.filter(({ state, result }) => state === 'succeeded' && result !== null).length;
      const messageKnows = kept >= options.size;
      return {
        answer: () => {
          if (told < options.size) return 'message';
          return messageKnows ? 'both' : 'task';
        },
        findings: later === 'cancelled' ? [] : [`the task for later is ${later}`],
        measured: [
          { name: 'a message, until it is handled', value: time(median(messages)) },
          { name: 'a task, until it is done', value: time(median(tasks.took)) },
          {
            name: 'messages that the broker can still tell of',
            value: String(kept),
          },
          {
            name: 'tasks that can be read with state, worker and result',
            value: `${told} of ${options.size}`,
          },
          { name: 'for example', value: inWords(tasks.done[0]) },
          {
            name: 'asked for in an hour, and taken back: a message',
            value: 'neither: it is handled when it is there',
          },
          { name: 'the same: a task', value: later },
        ],
      };
    } finally {
      await close();
    }
  },
};

async function byMessages({ pool }: Connections, own: OwnBroker, count: number): Promise<number[]> {
  const handled = new EventEmitter();
  own.consume(
    QUEUE,
    async ({ body }) => {
      await countTrends(pool);
      handled.emit('handled', body);
    },
    { concurrency: 1 },
  );
  const took: number[] = [];
  for (let n = 0; n < count; n++) {
    const done = once(handled, 'handled', { signal: AbortSignal.timeout(PATIENCE) });
    const began = performance.now();
    await own.publish(QUEUE, [{ key: `count-${n}`, body: { count: KIND } }]);
    await done;
    took.push(performance.now() - began);
  }
  return took;
}

/** How many of the handled messages the broker still has: none, once the last acknowledgement has come. */
async function countKept(own: OwnBroker): Promise<number> {
  const count = async () => {
    const { waiting, inFlight, dead } = await own.depth(QUEUE);
    return waiting + inFlight + dead;
  };
  return until(async () => {
    if ((await count()) > 0) throw new Error('Expected the last message to be acknowledged');
    return 0;
  }, ACKNOWLEDGED).catch(count);
}

/** Asks for tasks, one after another. It notes their ids at once, so that no row is left behind. */
async function byTasks(connections: Connections, count: number, ids: number[]) {
  const { pool, store, broker } = connections;
  const [took, done]: [number[], Task[]] = [[], []];
  for (let n = 0; n < count; n++) {
    const began = performance.now();
    const id = await askNow(pool, store.redis, { kind: KIND, data: {} });
    ids.push(id);
    await handOver(pool, (queue, messages) => broker.publish(queue, messages), [id]);
    done.push(await untilOver(connections, id));
    took.push(performance.now() - began);
  }
  return { took, done };
}

function untilOver(connections: Connections, id: number): Promise<Task> {
  return until(async () => {
    const task = await readTask(connections, id);
    if (!task || !isOver(task)) throw new Error(`Expected task ${id} to be over`);
    return task;
  }, PATIENCE);
}

/** Asks for a task in an hour, cancels it, and returns its state. */
async function cancelOne(connections: Connections, ids: number[]): Promise<string> {
  const dueAt = new Date(Date.now() + HOUR);
  const [id = 0] = await askTasks(connections.pool, [{ kind: KIND, data: {}, dueAt }]);
  ids.push(id);
  await cancelTask(connections.pool, { id, accountId: null });
  return (await readTask(connections, id))?.state ?? 'gone';
}

const inWords = (task: Task | undefined): string =>
  task
    ? `${task.state} by worker ${task.worker} at attempt ${task.attempts}, result ${JSON.stringify(task.result)}`
    : 'none';
