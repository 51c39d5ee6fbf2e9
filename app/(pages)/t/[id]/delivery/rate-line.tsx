import type { ChunkView, DeliveryView } from '#api/contract.ts';
import { between, count, duration, perSecond, rate } from '#app/ui/figures.ts';

const BOX = { width: 400, height: 64 };

/** Deliveries a second over the fan-out, from the finish times of its chunks. */
export function RateLine({ chunks, delivery }: { chunks: ChunkView[]; delivery: DeliveryView }) {
  const measured = throughput(chunks);
  return (
    <section aria-labelledby="rate" className="card p-4 sm:p-5">
      <h2 id="rate" className="mb-3 font-semibold">
        Rate <span className="font-normal text-muted">deliveries a second</span>
      </h2>
      {measured ? <Curve measured={measured} /> : <Single delivery={delivery} />}
    </section>
  );
}

function Curve({ measured }: { measured: Throughput }) {
  const { rates, windowMs, spanMs, mean, peak } = measured;
  const line = linePath(rates, BOX);
  const mid = BOX.height - (mean / Math.max(peak, 1)) * BOX.height;
  return (
    <>
      <svg
        role="img"
        aria-label={`Deliveries a second: mean ${perSecond(mean)}, peak ${perSecond(peak)}`}
        viewBox={`0 -2 ${BOX.width} ${BOX.height + 4}`}
        preserveAspectRatio="none"
        className="h-20 w-full"
      >
        <path d={`${line}V${BOX.height}H0Z`} className="fill-accent-soft" />
        <path
          d={`M0 ${mid}H${BOX.width}`}
          className="fill-none stroke-muted"
          strokeDasharray="4 4"
          {...thin}
        />
        <path d={line} className="fill-none stroke-accent" strokeWidth={2} {...thin} />
      </svg>
      <p className="mt-2 text-sm text-muted tabular-nums">
        Mean <strong className="font-semibold text-ink">{perSecond(mean)}</strong> (dashed) over{' '}
        {duration(spanMs)}, peak {perSecond(peak)} within {duration(windowMs)}. Measured from when each chunk
        finished.
      </p>
    </>
  );
}

const thin = { vectorEffect: 'non-scaling-stroke' } as const;

function Single({ delivery }: { delivery: DeliveryView }) {
  const { delivered, startedAt, finishedAt } = delivery;
  const took = between(startedAt, finishedAt);
  const mean = took === null ? null : rate(delivered, took);
  if (took === null)
    return <p className="text-sm text-muted">A curve comes with the tenth finished chunk.</p>;
  return (
    <p className="text-sm text-muted tabular-nums">
      {count(delivered)} deliveries in {duration(took)}
      {mean && `: ${mean}`}. Fewer than ten chunks make no curve.
    </p>
  );
}

/** Deliveries a second over equal windows from the first start of a chunk to the last finish. */
type Throughput = {
  rates: number[];
  windowMs: number;
  spanMs: number;
  mean: number;
  peak: number;
};

// How many ends a window needs. With fewer, its rate depends on which side of its edge one message of four chunks
// ended.
const ENDS_A_WINDOW = 5;
const WINDOWS = 40;

/** Measures the throughput; null when the chunks ended at fewer than ten moments, which make no curve. */
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
  const rates = sums.map((sum) => (sum / windowMs) * 1_000);
  const total = done.reduce((sum, { delivered }) => sum + delivered, 0);
  return { rates, windowMs, spanMs, mean: (total / spanMs) * 1_000, peak: Math.max(...rates) };
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
