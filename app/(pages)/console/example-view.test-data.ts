import type { ConsoleView } from '#api/contract.ts';

/** A view of a quiet system, for tests. */
export function exampleView(changed: Partial<ConsoleView>): ConsoleView {
  return {
    at: '2026-01-01T00:00:00.000Z',
    windowS: 10,
    backlog: 0,
    fanOuts: 0,
    taken: 0,
    limit: 1_500_000,
    serviceRate: null,
    sureRate: null,
    arrivals: 0,
    completions: 0,
    costDone: 0,
    littlesLaw: { state: 'idle' },
    waits: { deliveries: 0, meanS: null, wait: null, run: null },
    oldestWaitingMs: null,
    jobs: { 'fan-out': null, delivery: null, task: null, urgent: null },
    timelines: null,
    pause: { paused: false, since: '2026-01-01T00:00:00.000Z' },
    posts: {
      admitted: 0,
      refused: 0,
      tooFast: 0,
      retried: 0,
      admittedAfterRefusal: 0,
      admittedAtFirstRetry: 0,
      lastRetryAfterS: null,
    },
    limits: { maxWaitS: 10, maxBacklog: null },
    ...changed,
  };
}
