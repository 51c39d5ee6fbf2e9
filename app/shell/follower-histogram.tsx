'use client';

import { useEffect, useState } from 'react';
import type { HistogramView } from '#api/contract.ts';
import { useActing } from '#app/browser/acting.tsx';
import { readHistogram } from '#app/browser/api.ts';
import { count, short } from '#app/ui/figures.ts';

/** How many people have how many followers. On two logarithmic scales a power law is a straight line. */
export function FollowerHistogram() {
  const { view, failed } = useHistogram();
  const { acting } = useActing();
  const bars = view && histogramBars(view, acting?.followerCount ?? null);
  return (
    <figure className="mb-4">
      <figcaption className="mb-2 text-sm">
        People by how many follow them{' '}
        <span className="text-muted text-xs">both scales logarithmic, counted within the last minute</span>
      </figcaption>
      <div className="min-h-36">
        {bars && <Bars bars={bars} />}
        {failed && <p className="text-muted text-sm">Not counted: the server did not answer.</p>}
      </div>
    </figure>
  );
}

function useHistogram(): { view: HistogramView | null; failed: boolean } {
  const [view, setView] = useState<HistogramView | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    let isHere = true;
    readHistogram().then(
      (read) => isHere && setView(read),
      () => isHere && setFailed(true),
    );
    return () => {
      isHere = false;
    };
  }, []);
  return { view, failed };
}

const HEIGHT = 80;
const STEP = 60;

function Bars({ bars }: { bars: HistogramBar[] }) {
  return (
    <>
      <div aria-hidden="true" className="grid auto-cols-fr grid-flow-col text-center text-xs tabular-nums">
        {bars.map(({ range, people, isMine }) => (
          <span key={range} className={isMine ? 'font-semibold' : 'text-muted'}>
            {short(people)}
          </span>
        ))}
      </div>
      <svg
        aria-hidden="true"
        viewBox={`0 0 ${bars.length * STEP} ${HEIGHT}`}
        preserveAspectRatio="none"
        className="h-20 w-full border-b"
      >
        {bars.map(({ range, height, isMine }, index) => (
          <rect
            key={range}
            x={index * STEP + 6}
            y={HEIGHT * (1 - height)}
            width={STEP - 12}
            height={HEIGHT * height}
            className={isMine ? 'fill-accent' : 'fill-ink/25'}
          />
        ))}
      </svg>
      <div aria-hidden="true" className="grid auto-cols-fr grid-flow-col text-center text-muted text-xs">
        {bars.map(({ range }) => (
          <span key={range}>{lowest(range)}</span>
        ))}
      </div>
      <p aria-hidden="true" className="mt-1 text-muted text-xs">
        Above each bar: people. Below it: their followers, from this number on. You are in the coloured bar.
      </p>
      <Table bars={bars} />
    </>
  );
}

/** The same figures for screen readers. */
function Table({ bars }: { bars: HistogramBar[] }) {
  return (
    <table className="sr-only">
      <caption>People by how many follow them</caption>
      <thead>
        <tr>
          <th scope="col">Followers</th>
          <th scope="col">People</th>
        </tr>
      </thead>
      <tbody>
        {bars.map(({ range, people, isMine }) => (
          <tr key={range}>
            <th scope="row">{isMine ? `${range}, you too` : range}</th>
            <td>{count(people)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const lowest = (range: string) => short(Number((range.split('–')[0] ?? '').replaceAll(',', '')));

/** One bar: its range of followers, its people, its height from 0 to 1, and whether the acting account is in it. */
type HistogramBar = { range: string; people: number; height: number; isMine: boolean };

/**
 * Bars on two logarithmic scales: each bar is one power of ten of followers, and each power of ten of people adds the
 * same height. A bar for one person is still visible. A group with nobody has no bar. People without followers come
 * first: zero has no logarithm.
 */
export function histogramBars({ followers }: HistogramView, mine: number | null): HistogramBar[] {
  const powers = (people: number) => (people === 0 ? 0 : Math.log10(people) + 1);
  const top = Math.max(...followers.map(({ people }) => powers(people)), 1);
  return followers.map(({ from, people }) => {
    const to = from === 0 ? 0 : from * 10 - 1;
    return {
      range: from === to ? '0' : `${count(from)}–${count(to)}`,
      people,
      height: powers(people) / top,
      isMine: mine !== null && mine >= from && mine <= to,
    };
  });
}
