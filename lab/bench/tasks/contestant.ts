/** Two workers of four slots each, on one Redis server: ours or Celery's. */
export type Contestant = {
  title: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Asks for tasks as fast as one client can; resolves with their ids when all are asked for. */
  ask(kind: BenchKind, count: number): Promise<string[]>;
  /** Asks for one every `pauseMs`. */
  askSlowly(kind: BenchKind, count: number, pauseMs: number): Promise<string[]>;
  /** Waits until all are done. */
  done(ids: string[]): Promise<DoneTask[]>;
  /** Megabytes of one worker, shared pages divided among those that share them. */
  memoryMb(): number;
};

export type BenchKind = 'noop' | 'ten_ms';

/** Wall clock, in ms since 1970. */
export type DoneTask = { askedAt: number; startedAt: number; finishedAt: number };

/** Slots of each of the two workers. */
export const SLOTS = 4;

/** Tasks a second between the first tenth and the last: neither starting up nor running out counts. */
export function throughput(done: DoneTask[]): number {
  const finished = done.map(({ finishedAt }) => finishedAt).sort((a, b) => a - b);
  const at = (share: number) => finished[Math.floor(share * (finished.length - 1))] ?? 0;
  return (0.8 * finished.length) / Math.max(0.001, (at(0.9) - at(0.1)) / 1_000);
}
