import type { ChunkView } from '#api/contract.ts';
import { between, count, counted, duration } from '#app/ui/figures.ts';

/** How a chunk looks in the mosaic. There are more looks than states in the ledger. */
export const CELL_STATES = [
  'waiting',
  'in flight',
  'delivered',
  'retried',
  'redelivery ignored',
  'failed',
] as const;
export type CellState = (typeof CELL_STATES)[number];

/** The look of a chunk. A delivered one says that it came again, or else that it needed more than one attempt. */
export function cellState({ state, attempts, redeliveries }: ChunkView): CellState {
  if (state !== 'delivered') return state;
  if (redeliveries > 0) return 'redelivery ignored';
  return attempts > 1 ? 'retried' : 'delivered';
}

/** What the ledger knows of a chunk, in one line. */
export function cellDetails(chunk: ChunkView): string[] {
  const { number, expected, delivered, cold, gone, attempts, redeliveries, worker } = chunk;
  const took = between(chunk.startedAt, chunk.finishedAt);
  return [
    `Chunk ${count(number + 1)}: ${cellState(chunk)}`,
    `follower ids ${range(chunk)}`,
    `${count(expected)} expected`,
    `${count(delivered)} delivered`,
    `${count(cold)} cold`,
    `${count(gone)} gone`,
    counted(attempts, 'attempt'),
    ...(redeliveries > 0 ? [`${counted(redeliveries, 'redelivery', 'redeliveries')} ignored`] : []),
    ...(worker === null ? [] : [`worker ${worker}`]),
    ...(took === null ? [] : [duration(took)]),
  ];
}

/** The chunk's range of follower ids, both included: `5,001 to 10,000`. */
export const range = ({ fromId, toId }: ChunkView): string =>
  fromId === toId ? count(fromId) : `${count(fromId)} to ${count(toId)}`;
