/** One lane at one number of followers. Its time is null while it is not known. */
type Point = { followers: number; ms: number | null };
type Box = { width: number; height: number };

/** What a chart spans: milliseconds from bottom to top, followers from left to right. */
type Scale = { least: number; most: number; from: number; to: number };

/** The powers of ten around all points that are known. */
export function scaleOf(points: Point[]): Scale {
  const known = points.flatMap(({ ms }) => (ms !== null && ms > 0 ? [ms] : []));
  const followers = points.map((point) => point.followers);
  return {
    least: 10 ** Math.floor(Math.log10(Math.min(...known, 10))),
    most: 10 ** Math.ceil(Math.log10(Math.max(...known, 100))),
    from: Math.min(...followers, 10),
    to: Math.max(...followers, 1_000),
  };
}

/** The SVG path of a lane, on logarithmic scales both ways. A point by itself is a dot. */
export function curvePath(points: Point[], { width, height }: Box, { least, most, from, to }: Scale): string {
  const share = (value: number, low: number, high: number) => Math.log(value / low) / Math.log(high / low);
  const places = points.flatMap(({ followers, ms }) =>
    ms === null || ms <= 0
      ? []
      : [`${round(width * share(followers, from, to))} ${round(height * (1 - share(ms, least, most)))}`],
  );
  const [first] = places;
  if (first === undefined) return '';
  return `M${first}${places.length === 1 ? 'h0' : ''}${places
    .slice(1)
    .map((place) => `L${place}`)
    .join('')}`;
}

const round = (value: number): number => Math.round(value * 10) / 10;
