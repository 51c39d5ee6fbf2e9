import type { ChunkView } from '#api/contract.ts';

/** Deliveries a second over equal windows from the first start of a chunk to the last finish. */
export type Throughput = {
  perSecond: number[];
  windowMs: number;
  spanMs: number;
  mean: number;
  peak: number;
};

// With fewer, a window counts whether a message of up to four chunks ended just before or after its edge.
const ENDS_A_WINDOW = 5;
const WINDOWS = 40;

/** Measured from when chunks started and finished; null when they ended at fewer than ten moments, which make no curve. */
export function throughput(chunks: ChunkView[]): Throughput | null {
  const done = chunks.flatMap(({ state, startedAt, finishedAt, delivered }) =>
    state === 'delivered' && startedAt !== null && finishedAt !== null
      ? [{ from: Date.parse(startedAt), at: Date.parse(finishedAt), delivered }]
      : [],
  );
  const ends = new Set(done.map(({ at }) => at)).size;
  if (ends < 2 * ENDS_A_WINDOW) return null;
  const from = Math.min(...done.map((chunk) => chunk.from));
  const spanMs = Math.max(...done.map(({ at }) => at)) - from;
  if (spanMs <= 0) return null;
  const windows = Math.min(WINDOWS, Math.floor(ends / ENDS_A_WINDOW));
  const windowMs = spanMs / windows;
  const sums = new Array<number>(windows).fill(0);
  for (const { at, delivered } of done) {
    const index = Math.min(Math.floor((at - from) / windowMs), windows - 1);
    sums[index] = (sums[index] ?? 0) + delivered;
  }
  const perSecond = sums.map((sum) => (sum / windowMs) * 1_000);
  const total = done.reduce((sum, { delivered }) => sum + delivered, 0);
  return { perSecond, windowMs, spanMs, mean: (total / spanMs) * 1_000, peak: Math.max(...perSecond) };
}

/** The SVG path of a line through the values, from the left edge to the right, 0 at the bottom. */
export function linePath(values: number[], { width, height }: { width: number; height: number }): string {
  const top = Math.max(...values, 1);
  const step = values.length > 1 ? width / (values.length - 1) : 0;
  return values
    .map(
      (value, index) =>
        `${index === 0 ? 'M' : 'L'}${round(index * step)} ${round(height - (value / top) * height)}`,
    )
    .join('');
}

const round = (n: number) => Math.round(n * 10) / 10;
