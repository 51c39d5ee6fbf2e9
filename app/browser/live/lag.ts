/**
 * How far the page is behind the server. The two clocks may differ by any amount. So the fastest event so far counts as
 * late only by its way through the network, which is half of the round trip that opening the connection took.
 */
export class Lag {
  #fastest = Number.POSITIVE_INFINITY;

  /** Milliseconds that an event stamped `at` by the server is late when heard at `heard`, both in ms since 1970. */
  measure(at: number, heard: number, oneWayMs: number): number {
    const apart = heard - at;
    this.#fastest = Math.min(this.#fastest, apart);
    return Math.max(0, Math.round(apart - this.#fastest + oneWayMs));
  }
}

/** Half of the time that the TCP handshake of this page took; 0 when a connection was reused, or it is not known. */
export function oneWayMs(): number {
  const [page] = performance.getEntriesByType('navigation');
  if (!(page instanceof PerformanceNavigationTiming)) return 0;
  return (page.connectEnd - page.connectStart) / 2;
}
