import type { HistogramView } from '#api/contract.ts';
import { count } from '#app/delivery/figures.ts';

/** One bar: its followers in words, its people, its height from 0 to 1, and whether `mine` followers are within it. */
export type HistogramBar = { range: string; people: number; height: number; isMine: boolean };

/**
 * Bars on two logarithmic scales: each is one power of ten wide, and each power of ten of people is as high as the
 * other. One person still is a bar; nobody is none. Those without followers come first, where no logarithm is.
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
