import { MINUTE_MS } from '#core/console/minute.ts';
import type { Mark } from './lab-marks.ts';
import { onScale } from './words.ts';

/** A line by its name; `dashed` tells it apart without colour. */
type Line = { name: string; points: Point[]; stroke: string; dashed?: boolean };

const BOX = { width: 600, height: 96 };

type Props = { title: string; unit: string; lines: Line[]; marks: Mark[] };

/** The last minute as lines over one scale. The newest values also stand beside it as figures. */
export function Chart({ title, unit, lines, marks }: Props) {
  const points = lines.flatMap((line) => line.points);
  const scale = {
    until: Math.max(...points.map(({ at }) => at), 0),
    shownMs: MINUTE_MS,
    top: roundTop(points.map(({ value }) => value)),
  };
  const now = lines.map(({ name, points: own }) => `${name} ${onScale(own.at(-1)?.value ?? null)}`);
  return (
    <figure>
      <figcaption className="mb-1 flex flex-wrap items-baseline justify-between gap-x-4 text-sm">
        <span>
          {title} <span className="text-muted">{unit}, last 60 s</span>
        </span>
        <Legend lines={lines} />
      </figcaption>
      <div className="relative">
        <svg
          role="img"
          aria-label={`${title}, ${unit}, last 60 s. Now: ${now.join(', ')}. Top of the scale: ${onScale(scale.top)}`}
          viewBox={`0 -2 ${BOX.width} ${BOX.height + 4}`}
          preserveAspectRatio="none"
          className="h-28 w-full border-b"
        >
          {marks.map(({ id, at }) => (
            <path
              key={id}
              d={markPath(at, BOX, scale)}
              className="stroke-muted"
              strokeWidth={1}
              strokeDasharray="2 3"
              vectorEffect="non-scaling-stroke"
            />
          ))}
          {lines.map(({ name, points: own, stroke, dashed }) => (
            <path
              key={name}
              d={chartPath(own, BOX, scale)}
              className={`fill-none ${stroke} group-data-[stale=true]:stroke-muted`}
              strokeWidth={2}
              strokeDasharray={dashed ? '5 4' : undefined}
              vectorEffect="non-scaling-stroke"
            />
          ))}
        </svg>
        <span
          aria-hidden="true"
          className="absolute top-0 left-0 bg-surface pr-1 text-muted text-xs tabular-nums"
        >
          {onScale(scale.top)}
        </span>
      </div>
    </figure>
  );
}

function Legend({ lines }: { lines: Line[] }) {
  return (
    <span aria-hidden="true" className="flex flex-wrap gap-x-3 text-muted text-xs">
      {lines.map(({ name, stroke, dashed }) => (
        <span key={name} className="inline-flex items-center gap-1.5">
          <svg viewBox="0 0 18 4" className="h-1 w-4.5" aria-hidden="true">
            <path
              d="M0 2H18"
              className={stroke}
              strokeWidth={3}
              strokeDasharray={dashed ? '5 4' : undefined}
            />
          </svg>
          {name}
        </span>
      ))}
    </span>
  );
}

type Point = { at: number; value: number | null };
type Box = { width: number; height: number };

/** The right edge of a chart in ms since 1970, how many ms it shows, and the value at its top. */
type Scale = { until: number; shownMs: number; top: number };

/** A longer pause between two samples is a gap in the line: nobody knows what happened in it. */
const GAP_MS = 1_500;

/** The SVG path of a line over time, 0 at the bottom; broken where samples are missing. */
export function chartPath(points: readonly Point[], { width, height }: Box, scale: Scale): string {
  let path = '';
  let before: number | null = null;
  for (const { at, value } of points) {
    if (value === null) {
      before = null;
      continue;
    }
    const x = round(width * (1 - (scale.until - at) / scale.shownMs));
    const y = round(height * (1 - Math.min(value / scale.top, 1)));
    path += `${before === null || at - before > GAP_MS ? 'M' : 'L'}${x} ${y}`;
    before = at;
  }
  return path;
}

/** An upright line at a moment. */
export function markPath(at: number, { width, height }: Box, { until, shownMs }: Scale): string {
  return `M${round(width * (1 - (until - at) / shownMs))} 0V${height}`;
}

/** A round number at or above the largest value, so that the top of a chart does not jitter with every sample. */
export function roundTop(values: readonly (number | null)[]): number {
  const largest = Math.max(1, ...values.map((value) => value ?? 0));
  const power = 10 ** Math.floor(Math.log10(largest));
  return power * ([1, 1.5, 2, 3, 5, 7.5].find((step) => step * power >= largest) ?? 10);
}

const round = (n: number) => Math.round(n * 10) / 10;
