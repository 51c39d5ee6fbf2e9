/** How long to wait before another try: `baseMs` after the first failure, doubled after each further one up to `capMs`. */
export type Backoff = { baseMs: number; capMs: number };

/** The wait after `failures` earlier failures, without jitter: for one process that asks one server. */
export const doubled = ({ baseMs, capMs }: Backoff, failures: number): number =>
  Math.min(capMs, baseMs * 2 ** Math.min(Math.max(0, failures), 30));

/** A wait from 0 to the doubled one: clients that failed together must not come back together. */
export const fullJitter = (backoff: Backoff, failures: number, random = Math.random): number =>
  Math.round(random() * doubled(backoff, failures));

/** A wait from half of the doubled one to all of it: for whoever would be in the way if he came back at once. */
export const halfJitter = (backoff: Backoff, failures: number, random = Math.random): number =>
  Math.round(((1 + random()) / 2) * doubled(backoff, failures));
