import type pg from 'pg';
import { type KnownLayout, readLayout } from '#core/ledger/layout.ts';
import type { StoreClient } from '#core/redis.ts';
import type { TimelineStore } from '#core/timelines/timeline.ts';

/**
 * The layout in force, as this process knows it. Before it has asked the ledger it knows none: what it would name then is not
 * there, so that nothing is pushed, and home is read from Postgres.
 */
export class LiveLayout {
  #layout: KnownLayout = NONE;

  get shards(): number {
    return this.#layout.shards;
  }

  /** False until the ledger was asked. */
  get isKnown(): boolean {
    return this.#layout !== NONE;
  }

  get generation(): number {
    return this.#layout.generation;
  }

  /** Takes over what the ledger has, also an earlier layout: then it was restored. True when it is another than before. */
  adopt(layout: KnownLayout): boolean {
    if (layout.generation === this.generation) return false;
    this.#layout = layout;
    return true;
  }

  /** Asks the ledger. True when another layout is in force than before. */
  async follow(client: Pick<pg.ClientBase, 'query'>): Promise<boolean> {
    return this.adopt(await readLayout(client));
  }

  /** A store whose layout is always the one that this process knows. */
  storeOn(redis: StoreClient, cap: number): TimelineStore {
    const live = this;
    return {
      redis,
      cap,
      get shards() {
        return live.shards;
      },
      get generation() {
        return live.generation;
      },
    };
  }
}

const NONE: KnownLayout = { shards: 1, generation: -1 };
