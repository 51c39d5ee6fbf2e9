import type pg from 'pg';
import { DeadLetter, type Handler } from '#broker/port.ts';
import type { Publish, QueueName } from '#core/messages.ts';
import { around } from '#worker/around.ts';
import type { WorkerContext } from '#worker/context.ts';
import { isStoreHere } from '#worker/deliver.ts';
import type { Lane } from '#worker/lanes.ts';
import type { WorkerFigures } from '#worker/metrics/figures.ts';
import { outcomeOf } from '#worker/tasks/outcome.ts';
import type { RegisteredKind } from '#worker/tasks/task-kind.ts';

/** The same worker, whose parts note what they do. */
export function measured(context: WorkerContext, figures: WorkerFigures): WorkerContext {
  timeStatements(context.pool, figures);
  const { small, large } = context.lanes;
  return {
    ...context,
    broker: around(context.broker, {
      publish: (publish) => measuredPublish(publish, figures),
      handler: (queue, handler) => measuredHandler(queue, handler, figures),
    }),
    lanes: {
      small: measuredLane('small', small, figures),
      large: measuredLane('large', large, figures),
    },
    finished: (fanOut, pushed) => {
      context.finished?.(fanOut, pushed);
      for (const { redelivered, delivered, cold } of pushed) {
        figures.chunks.inc({ outcome: redelivered ? 'redelivered' : 'pushed' });
        figures.deliveries.inc({ outcome: 'delivered' }, delivered);
        figures.deliveries.inc({ outcome: 'cold' }, cold);
        figures.lagSeconds.observe(fanOut.ageMs / 1_000);
      }
    },
  };
}

/** Reads what only a look can tell. Call it before the figures are shown. */
export function look(
  { pool, epochs, lanes }: WorkerContext,
  { connections, storeHere }: WorkerFigures,
): void {
  connections.set({ state: 'used' }, pool.totalCount - pool.idleCount);
  connections.set({ state: 'idle' }, pool.idleCount);
  connections.set({ state: 'waited for' }, pool.waitingCount);
  storeHere.set(isStoreHere({ epochs, lanes }) ? 1 : 0);
}

/** The same kinds of tasks, whose runs are counted and timed. */
export const measuredKinds = (
  kinds: ReadonlyMap<string, RegisteredKind>,
  figures: WorkerFigures,
): ReadonlyMap<string, RegisteredKind> =>
  new Map([...kinds].map(([name, kind]) => [name, measuredKind(kind, figures)]));

function measuredKind(kind: RegisteredKind, figures: WorkerFigures): RegisteredKind {
  const { name } = kind;
  return {
    ...kind,
    run: async (task) => {
      const end = figures.taskSeconds.startTimer({ kind: name });
      figures.running.inc({ kind: name });
      try {
        const result = await kind.run(task);
        figures.tasks.inc({ kind: name, outcome: 'succeeded' });
        return result;
      } catch (error) {
        figures.tasks.inc({ kind: name, outcome: outcomeOf(error, task.signal.reason).kind });
        throw error;
      } finally {
        end();
        figures.running.dec({ kind: name });
      }
    },
  };
}

const measuredPublish =
  (publish: Publish, figures: WorkerFigures): Publish =>
  async (queue, messages) => {
    const end = figures.publishSeconds.startTimer({ queue });
    await publish(queue, messages);
    end();
    figures.published.inc({ queue }, messages.length);
  };

function measuredHandler(queue: QueueName, handler: Handler, figures: WorkerFigures): Handler {
  return async (delivery) => {
    const end = figures.messageSeconds.startTimer({ queue });
    figures.held.inc({ queue });
    if (delivery.redelivered) figures.redeliveries.inc({ queue });
    try {
      await handler(delivery);
      figures.messages.inc({ queue, outcome: 'done' });
    } catch (error) {
      figures.messages.inc({ queue, outcome: error instanceof DeadLetter ? 'dead' : 'later' });
      throw error;
    } finally {
      end();
      figures.held.dec({ queue });
    }
  };
}

function measuredLane(name: keyof WorkerContext['lanes'], lane: Lane, figures: WorkerFigures): Lane {
  return {
    store: lane.store,
    inTurn: (shard, push) => {
      const leaveLine = inLine(name, figures);
      const pushing = () => {
        leaveLine();
        return timePush(name, push, figures);
      };
      return lane.inTurn(shard, pushing).finally(leaveLine); // also when its turn never came
    },
  };
}

/** Counts and times a wait until the function that it returns is called; that may be called twice. */
function inLine(lane: string, { turnSeconds, pushes }: WorkerFigures): () => void {
  const end = turnSeconds.startTimer({ lane });
  pushes.inc({ lane, state: 'waiting' });
  let hasLeft = false;
  return () => {
    if (hasLeft) return;
    hasLeft = true;
    pushes.dec({ lane, state: 'waiting' });
    end();
  };
}

async function timePush<T>(lane: string, push: () => Promise<T>, figures: WorkerFigures): Promise<T> {
  const end = figures.pushSeconds.startTimer({ lane });
  figures.pushes.inc({ lane, state: 'running' });
  try {
    const result = await push();
    end({ outcome: 'done' });
    return result;
  } catch (error) {
    end({ outcome: 'failed' });
    throw error;
  } finally {
    figures.pushes.dec({ lane, state: 'running' });
  }
}

/** Times the statements of every connection that the pool opens from now on. */
function timeStatements(pool: pg.Pool, { statementSeconds }: WorkerFigures): void {
  pool.on('connect', (client) => {
    const { query } = client;
    const timed = (...args: unknown[]): unknown => {
      const [asked, ...rest] = args;
      if (isStream(asked)) return Reflect.apply(query, client, args);
      const end = statementSeconds.startTimer({ statement: nameOf(asked) });
      const last = rest.at(-1);
      if (typeof last !== 'function') {
        const answer: Promise<unknown> = Reflect.apply(query, client, args);
        return answer.finally(end);
      }
      const answered = (...answer: unknown[]) => {
        end();
        Reflect.apply(last, undefined, answer);
      };
      return Reflect.apply(query, client, [asked, ...rest.slice(0, -1), answered]);
    };
    Object.assign(client, { query: timed });
  });
}

/** A COPY ends when its stream does, and returns it. */
const isStream = (asked: unknown): boolean =>
  typeof asked === 'object' && asked !== null && 'submit' in asked;

/** Statements of the path of a tweet have names; a text could hold anything. */
const nameOf = (asked: unknown): string =>
  typeof asked === 'object' && asked !== null && 'name' in asked && typeof asked.name === 'string'
    ? asked.name
    : 'unnamed';
