import type { Redis } from 'ioredis';
import { SECOND } from '#core/durations.ts';
import { openRedis } from '#core/redis.ts';
import { clusterNodes } from '#core/store-url.ts';

/** A connection for publish/subscribe. `ready` comes with each new one, so that a listener knows what it may have missed. */
export type Listener = Redis & {
  /** Whether it is to a node of a cluster, and goes to whichever master holds the slot of its channel. */
  readonly isOfCluster?: boolean;
};

/** Opens a connection that listens. The URL says whether it is to a cluster. */
export function openListener(url: string, name: string, patienceMs = 5 * SECOND): Listener {
  const nodes = clusterNodes(url);
  const listener = nodes ? openOnCluster(nodes, name, patienceMs) : openRedis(url, name, patienceMs);
  listener.options.autoResubscribe = false; // whoever listens subscribes at each `ready`, and sees when it fails
  keepAsking(listener, patienceMs);
  return listener;
}

type Hearing = {
  /** Is given each message from now on. */
  hear: (message: string) => void;
  /** Is called once subscribed, at each new connection: messages before it may be lost. */
  begin: () => void;
};

/** Subscribes to a channel, and again after each reconnect. On a cluster this is sharded. */
export function subscribe(listener: Listener, channel: string, { hear, begin }: Hearing): void {
  const { isOfCluster } = listener;
  listener.on(isOfCluster ? 'smessage' : 'message', (_channel, message) => hear(message));
  listener.on('ready', () => {
    const subscription = isOfCluster ? listener.ssubscribe(channel) : listener.subscribe(channel);
    subscription.then(begin, () => reconnectLater(listener));
  });
}

/** A node that does not know who holds a slot refuses to subscribe, and keeps the connection. */
function reconnectLater(listener: Listener): void {
  const again = setTimeout(() => listener.disconnect(true), SECOND).unref();
  listener.once('close', () => clearTimeout(again));
}

/** A server that hangs, or whose machine is gone, says nothing, and leaves the connection open. */
function keepAsking(listener: Redis, everyMs: number): void {
  const leave = () => {
    if (listener.status === 'ready') listener.disconnect(true);
  };
  const asking = setInterval(() => {
    if (listener.status === 'ready') listener.ping().catch(leave);
  }, everyMs);
  asking.unref();
  listener.on('end', () => clearInterval(asking));
}

/** What a node answers that does not hold the slot of a channel: the address of the one that does. */
const MOVED = /^MOVED \d+ (.*):(\d+)$/;

/**
 * Connects to one node of the URL after another, until one says which master holds the slot. What ioredis has for this does not say
 * when hints may be lost (docs/decisions/045).
 */
function openOnCluster(nodes: string[], name: string, patienceMs: number): Listener {
  const [first = ''] = nodes;
  const addresses = nodes.map((node) => {
    const { hostname: host, port } = new URL(node);
    return { host, port: Number(port) || undefined };
  });
  const listener: Redis = openRedis(first, name, patienceMs);
  let owner: { host?: string; port: number } | undefined;
  const { retryStrategy } = listener.options;
  Object.assign(listener.options, {
    reconnectOnError: ({ message }: Error) => {
      const [, host, port] = MOVED.exec(message) ?? [];
      if (port) owner = { ...(host && { host }), port: Number(port) }; // no host: that of this node
      return port !== undefined;
    },
    retryStrategy: (tries: number) => {
      Object.assign(listener.options, owner ?? addresses[tries % addresses.length]);
      owner = undefined;
      return retryStrategy?.(tries);
    },
  });
  listener.on('moved', () => listener.disconnect(true)); // told when the slot moves later
  return Object.assign(listener, { isOfCluster: true });
}
