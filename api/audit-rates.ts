import { LRUCache } from 'lru-cache';
import { MINUTE, SECOND } from '#core/durations.ts';

/** Who has asked for too many audits, how many are allowed, and how long to wait. */
export type OverRate = { client: 'account' | 'address'; perMinute: number; waitS: number };

/** `account` is missing for somebody who is not signed in. */
export type AuditClient = { address: string; account?: string };

/** Two people at one address are nothing unusual. */
const PEOPLE = 2;
const REMEMBERED = 10_000; // accounts and addresses; the oldest is forgotten, and may ask again

/** Bounds how many audits one account and one address ask this process for within any 60 s. */
export class AuditRates {
  /** The times at which those of the last minute were asked for. */
  readonly #asked = new LRUCache<string, number[]>({ max: REMEMBERED });

  constructor(
    private readonly perMinute: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Counts one audit more, or says why it may not be. A refused one does not count. */
  count({ address, account }: AuditClient): OverRate | null {
    const bounds = [{ client: 'address', key: `address ${address}`, most: PEOPLE * this.perMinute } as const];
    const all =
      account === undefined
        ? bounds
        : [{ client: 'account', key: `account ${account}`, most: this.perMinute } as const, ...bounds];
    for (const { client, key, most } of all) {
      const oldest = this.#lately(key).at(-most);
      if (oldest !== undefined)
        return { client, perMinute: most, waitS: (oldest + MINUTE - this.now()) / SECOND };
    }
    for (const { key } of all) this.#asked.set(key, [...this.#lately(key), this.now()]);
    return null;
  }

  #lately(key: string): number[] {
    const since = this.now() - MINUTE;
    return (this.#asked.get(key) ?? []).filter((at) => at > since);
  }
}
