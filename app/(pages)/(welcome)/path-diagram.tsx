'use client';

import type { DeliveryView } from '#api/contract.ts';
import { useActing } from '#app/browser/acting.tsx';
import { useHealth } from '#app/browser/live/health.tsx';
import { useOutbox } from '#app/browser/outbox/outbox-provider.tsx';
import { between, count, duration } from '#app/ui/figures.ts';
import { settledOf } from '#app/ui/pace.ts';
import { type Station, stations } from './path-stations.ts';

type Layout = {
  name: 'across' | 'down';
  viewBox: string;
  at(index: number): { x: number; y: number };
  field: { x: number; y: number; columns: number };
};

const BOX = { width: 124, height: 74 };
const DOTS = 120;
const GAP = 11;

const ACROSS: Layout = {
  name: 'across',
  viewBox: '0 0 960 150',
  at: (index) => ({ x: 2 + index * 160, y: 38 }),
  field: { x: 826, y: 14, columns: 12 },
};

const DOWN: Layout = {
  name: 'down',
  viewBox: '0 0 300 620',
  at: (index) => ({ x: 88, y: 4 + index * 104 }),
  field: { x: 73, y: 536, columns: 15 },
};

/** The path of a tweet. A station lights up once the newest tweet of this account has passed it. */
export function PathDiagram() {
  const { status } = useHealth();
  const { deliveries } = useOutbox();
  const { acting } = useActing();
  const delivery = newest(deliveries, acting?.id);
  const path = stations(status, delivery);
  return (
    <figure className="mt-10 md:mt-14">
      <div className="card p-4 md:p-6">
        <Diagram layout={ACROSS} path={path} delivery={delivery} className="hidden lg:block" />
        <Diagram layout={DOWN} path={path} delivery={delivery} className="mx-auto max-w-80 lg:hidden" />
      </div>
      <figcaption className="mt-3 text-muted text-sm tabular-nums">{caption(delivery)}</figcaption>
    </figure>
  );
}

type DiagramProps = { layout: Layout; path: Station[]; delivery: DeliveryView | null; className: string };

function Diagram({ layout, path, delivery, className }: DiagramProps) {
  const moving = delivery !== null && delivery.finishedAt === null;
  const words = path.map(({ name, word }) => `${name} ${word}`).join(', ');
  return (
    <svg
      viewBox={layout.viewBox}
      role="img"
      aria-label={`The path of a tweet: ${words}, then the home timelines of the followers`}
      className={`w-full ${className}`}
    >
      {path.map((station, index) => (
        <Edge
          key={station.name}
          layout={layout}
          index={index}
          lit={lights(path, index, delivery)}
          moving={moving}
        />
      ))}
      {path.map((station, index) => (
        <StationBox key={station.name} station={station} {...layout.at(index)} />
      ))}
      <Field layout={layout} delivery={delivery} />
    </svg>
  );
}

/** Lights the line after a station once the tweet has come to the next station. */
function lights(path: Station[], index: number, delivery: DeliveryView | null): boolean {
  const next = path[index + 1];
  return next ? next.reached : delivery !== null && settledOf(delivery) > 0;
}

function Edge({
  layout,
  index,
  lit,
  moving,
}: {
  layout: Layout;
  index: number;
  lit: boolean;
  moving: boolean;
}) {
  const { x, y } = layout.at(index);
  const d =
    layout.name === 'across'
      ? `M${x + BOX.width} ${y + BOX.height / 2}h36`
      : `M${x + BOX.width / 2} ${y + BOX.height}v30`;
  return (
    <path
      d={d}
      fill="none"
      strokeWidth={lit ? 2.5 : 1.5}
      className={`${lit ? 'stroke-accent' : 'stroke-line'} ${lit && moving ? 'path-flow' : ''}`}
    />
  );
}

function StationBox({ station, x, y }: { station: Station; x: number; y: number }) {
  const tone = station.reached ? 'fill-accent-soft stroke-accent' : 'fill-surface stroke-line';
  return (
    <g className="transition-colors duration-300">
      <rect
        x={x}
        y={y}
        width={BOX.width}
        height={BOX.height}
        rx="12"
        strokeWidth="1.5"
        className={station.away ? 'fill-bad-soft stroke-bad' : tone}
      />
      <text x={x + 14} y={y + 26} className="fill-ink font-semibold text-[15px]">
        {station.name}
      </text>
      <text x={x + 14} y={y + 43} className="fill-muted text-[11.5px]">
        {station.does}
      </text>
      <text x={x + 14} y={y + 61} className={`text-[11.5px] ${station.away ? 'fill-bad' : 'fill-good'}`}>
        {station.away ? '✕' : '●'} {station.word}
      </text>
    </g>
  );
}

/** Each dot stands for an equal share of the followers. */
function Field({ layout, delivery }: { layout: Layout; delivery: DeliveryView | null }) {
  const { x, y, columns } = layout.field;
  const share = delivery ? settledOf(delivery) / Math.max(1, delivery.expected) : 0;
  const lit = Math.floor(share * DOTS);
  return (
    <g>
      {Array.from({ length: DOTS }, (_, dot) => (
        <circle
          // biome-ignore lint/suspicious/noArrayIndexKey: dots have no other name, and never change places
          key={dot}
          cx={x + (dot % columns) * GAP}
          cy={y + Math.floor(dot / columns) * GAP}
          r="3.2"
          className={dot < lit ? 'fill-accent' : 'fill-line'}
        />
      ))}
      <text x={x - 4} y={y + (DOTS / columns) * GAP + 10} className="fill-muted text-[11.5px]">
        home timelines
      </text>
    </g>
  );
}

function caption(delivery: DeliveryView | null): string {
  if (!delivery) return 'None of your tweets is on its way. Post one, come back, and watch it pass.';
  if (delivery.pulled > 0)
    return `Your newest tweet: pulled. Each of ${count(delivery.expected)} followers reads it when they open home.`;
  const took = between(delivery.acceptedAt, delivery.finishedAt);
  const counts = `${count(delivery.delivered)} of ${count(delivery.expected)}`;
  const dot =
    delivery.expected > DOTS ? ` One dot is ${count(Math.round(delivery.expected / DOTS))} followers.` : '';
  if (took !== null) return `Your newest tweet: delivered to ${counts} in ${duration(took)}.${dot}`;
  return `Your newest tweet: delivered to ${counts} so far.${dot}`;
}

function newest(deliveries: ReadonlyMap<number, DeliveryView>, authorId?: number): DeliveryView | null {
  const own = [...deliveries.values()].filter((delivery) => delivery.authorId === authorId);
  return own.sort((a, b) => b.tweetId - a.tweetId)[0] ?? null;
}
