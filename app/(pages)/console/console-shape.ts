import * as z from 'zod/mini';
import type {
  ConsoleInternals,
  ConsoleView,
  DeadLetterGroup,
  DeadTaskView,
  JobsView,
  LossView,
  TimelinesView,
} from '#api/contract.ts';
import { hidden, object, pause } from '#app/browser/shapes.ts';

const number = z.number();
const string = z.string();
const figure = z.nullable(number);

const queueName = z.enum(['fan-out', 'delivery', 'task', 'urgent']);
const percentiles = z.nullable(
  object<NonNullable<ConsoleView['waits']['wait']>>({ p50: number, p95: number, p99: number }),
);
type WorkerView = ConsoleInternals['workers'][number];

const littlesLaw = z.discriminatedUnion('state', [
  z.object({ state: z.enum(['idle', 'stalled']) }),
  z.object({ state: z.literal('growing'), perSecond: number, fullInS: number }),
  z.object({ state: z.literal('settling'), perSecond: number }),
  z.object({ state: z.literal('steady'), measured: number, predicted: number, difference: number }),
]);

const internals = object<ConsoleInternals>({
  workers: z.array(
    object<WorkerView>({
      ...{ worker: string, alive: z.boolean() },
      doing: z.array(
        object<WorkerView['doing'][number]>({
          ...{ tweetId: number, number, expected: number, ms: number, attempts: number },
        }),
      ),
    }),
  ),
  deadLetters: z.array(
    object<DeadLetterGroup>({
      ...{ queue: queueName, error: string, count: number, newestAt: string, example: z.unknown() },
    }),
  ),
  deadTasks: z.array(
    object<DeadTaskView>({
      ...{
        id: number,
        kind: string,
        handle: z.nullable(string),
        error: string,
        attempts: number,
        failedAt: string,
      },
    }),
  ),
});

/** What `console` events hold. */
export const consoleView = object<ConsoleView>({
  ...{ at: string, windowS: number, backlog: number, fanOuts: number, taken: number, limit: number },
  ...{ serviceRate: figure, sureRate: figure, costDone: figure },
  ...{ arrivals: figure, completions: figure, littlesLaw: z.nullable(littlesLaw), oldestWaitingMs: figure },
  waits: object<ConsoleView['waits']>({
    ...{ deliveries: number, meanS: figure, wait: percentiles, run: percentiles },
  }),
  jobs: z.record(
    queueName,
    z.nullable(object<JobsView>({ waiting: number, inFlight: number, dead: number })),
  ),
  timelines: z.nullable(
    object<TimelinesView>({
      ...{ used: number, max: figure, dropAbove: figure, refuseAbove: figure, held: number, cold: number },
      ...{ dropped: number, dropping: z.boolean(), droppedAt: z.nullable(string) },
    }),
  ),
  pause,
  loss: z.nullable(object<LossView>({ after: number, to: number, at: string })),
  posts: object<ConsoleView['posts']>({
    ...{ admitted: number, refused: number, tooFast: number, retried: number },
    ...{ admittedAfterRefusal: number, admittedAtFirstRetry: number, lastRetryAfterS: figure },
  }),
  limits: object<ConsoleView['limits']>({ maxWaitS: number, maxBacklog: figure }),
  internals: hidden(internals),
});
