import { Cluster } from 'ioredis';
import { z } from 'zod';
import type { PlaceChange, Places } from '#core/admission/places.ts';
import { HintChannel } from '#core/hints.ts';
import { type Listener, subscribe } from '#core/listener.ts';
import type { StoreClient } from '#core/redis.ts';

const place = z.object({
  name: z.string(),
  dueInS: z.number(),
  comesInS: z.number(),
  cost: z.int(),
});

const said = z.object({
  from: z.string(),
  /** True from a process that has just connected, and has heard nothing yet. */
  joins: z.boolean().optional(),
  taken: z.array(place).optional(),
  left: z.array(z.string()).optional(),
});

/** It goes through the timeline store, because every web process has that, whichever broker runs. */
const PLACES = new HintChannel('waiting-list', said);

type Connections = {
  /** Publishes changes; nobody waits for an answer. */
  redis: StoreClient;
  /** Opens the connection that listens. */
  connect: () => Listener;
};

/**
 * Makes one line of the waiting lists of all web processes, by publish/subscribe. A lost message makes a tweet wait once
 * more, and nothing else. While the store is away, each process goes on with its own list. When it is back, all processes
 * exchange their places. Two refusals in the same millisecond may get the same time. Returns how to stop.
 */
export function sharePlaces(places: Places, { redis, connect }: Connections): () => void {
  const from = crypto.randomUUID();
  let alone = false;
  const say = (change: PlaceChange & { joins?: boolean }) => {
    if (alone && !change.joins) return; // a process that joins says so, and gets all places
    PLACES.publish(redis, JSON.stringify({ from, ...change })).then(
      (listeners) => {
        // A master does not count those who listen at its replica, which was the master before.
        alone = !(redis instanceof Cluster) && listeners <= 1;
      },
      () => {},
    );
  };
  const hear = (message: string) => {
    const change = PLACES.parse(message); // a newer release, or a stranger, may say something else
    if (!change || change.from === from) return;
    alone = false;
    places.hear(change);
    if (change.joins && !places.isEmpty) say({ taken: places.taken });
  };
  const listener = connect();
  const begin = () => say({ joins: true, taken: places.taken });
  subscribe(listener, PLACES.nameOn(listener), { hear, begin });
  places.onChange(say);
  return () => listener.disconnect();
}
