import { Cluster } from 'ioredis';
import type { z } from 'zod';
import { SECOND } from '#core/durations.ts';
import { type Listener, subscribe } from '#core/listener.ts';
import { databaseOf, type StoreClient } from '#core/redis.ts';

/**
 * Hints travel from the process that changed something to the web processes whose pages show it, by publish/subscribe of
 * the timeline store. The ledger is the truth: a hint says which rows to read again and never what is in them. A hint
 * that is lost costs time: after a reconnect of either end every listener is asked to read everything again.
 */
export class HintChannel<Hint> {
  /** Connections that could not send a hint, while the listeners have not been told of it. */
  readonly #failed = new WeakSet<StoreClient>();

  constructor(
    private readonly name: string,
    private readonly schema: z.ZodType<Hint>,
  ) {}

  /** Publish/subscribe reaches all databases of a server: two systems may share it, each with a database of its own. */
  nameOn(client: StoreClient): string {
    const db = databaseOf(client);
    return db === 0 ? this.name : `${this.name}:${db}`;
  }

  /**
   * Tells every listener. The sender does not wait: in the store a hint stands behind the pushes. Waiting for three hints
   * took half of a small delivery's time while a million was on its way.
   */
  tell(redis: StoreClient, hint: Hint): void {
    this.publish(redis, JSON.stringify(hint)).catch(() => this.#tellLost(redis));
  }

  /** Resolves with the number of listeners. On a cluster one master takes it: a plain `PUBLISH` would go to all nodes. */
  publish(redis: StoreClient, message: string): Promise<number> {
    const name = this.nameOn(redis);
    return redis instanceof Cluster
      ? (redis.spublish(name, message) as Promise<number>)
      : redis.publish(name, message);
  }

  /** Once the store answers again, listeners are told that they may have missed something: at most once a second. */
  #tellLost(redis: StoreClient): void {
    if (this.#failed.has(redis) || redis.status === 'end') return;
    this.#failed.add(redis);
    const again = () => {
      this.#failed.delete(redis);
      this.publish(redis, LOST).catch(() => this.#tellLost(redis));
    };
    setTimeout(again, LOST_AFTER).unref();
  }

  /** Reads what {@link tell} wrote; null for a hint of another version that this process cannot understand. */
  parse(message: string): Hint | null {
    return this.schema.safeParse(parseJson(message)).data ?? null;
  }
}

/** In place of hints that are lost. Processes of the version before ignore it. */
const LOST = '"lost"';
const LOST_AFTER = SECOND;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `resync`: a connection was lost and is back. The hints in between are lost: read the ledger again. */
export type Heard<Hint> = Hint | 'resync';

/** A web process's one subscription to a channel. It connects with its first listener. */
export class HintSource<Hint> {
  readonly #listeners = new Set<(heard: Heard<Hint>) => void>();
  #listener: Listener | undefined;

  constructor(
    private readonly channel: HintChannel<Hint>,
    private readonly connect: () => Listener,
  ) {}

  /** Calls `listener` for every hint from now on; returns how to stop. */
  listen(listener: (heard: Heard<Hint>) => void): () => void {
    this.#listener ??= this.#open();
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #open(): Listener {
    const listener = this.connect();
    const hear = (message: string) => {
      const heard = message === LOST ? 'resync' : this.channel.parse(message);
      if (heard !== null) this.#tell(heard);
    };
    subscribe(listener, this.channel.nameOn(listener), { hear, begin: () => this.#tell('resync') });
    return listener;
  }

  #tell(heard: Heard<Hint>): void {
    for (const listener of this.#listeners) listener(heard);
  }
}
