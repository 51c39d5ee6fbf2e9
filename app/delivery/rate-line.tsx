import type { ChunkView, DeliveryView } from '#api/contract.ts';
import { between, count, duration, rate } from './figures.ts';
import { linePath, type Throughput, throughput } from './throughput.ts';

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
  const { perSecond, windowMs, spanMs, mean, peak } = measured;
  const line = linePath(perSecond, BOX);
  const mid = BOX.height - (mean / Math.max(peak, 1)) * BOX.height;
  return (
    <>
      <svg
        role="img"
        aria-label={`Deliveries a second: mean ${perS(mean)}, peak ${perS(peak)}`}
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
        Mean <strong className="font-semibold text-ink">{perS(mean)}</strong> (dashed) over {duration(spanMs)}
        , peak {perS(peak)} within {duration(windowMs)}. Measured from when each chunk finished.
      </p>
    </>
  );
}

const thin = { vectorEffect: 'non-scaling-stroke' } as const;
const perS = (value: number) => `${count(Number(value.toPrecision(3)))}/s`;

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
