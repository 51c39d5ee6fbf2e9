import type { Redis } from 'ioredis';
import { openRedis } from '#core/redis.ts';
import { type ClusterNode, idOf } from './cluster.ts';

/** A slot that moves from one master to another, key by key, as `redis-cli --cluster reshard` moves it. */
export type SlotMove = {
  /** Moves some keys, and returns how many. */
  moveSome(count: number): Promise<number>;
  /** Moves the rest, and gives the slot to the new master. */
  finish(): Promise<void>;
  /** Leaves the move where it is: each master keeps the keys that it has, and the slot stays with the old one. */
  breakOff(): Promise<void>;
};

/**
 * Begins a move: from now on the old master asks clients to look at the new one for keys that it has not. With `again` it takes up
 * a move that was broken off. Some keys may be on both masters then, and those of the old one replace the others, as with
 * `redis-cli --cluster fix --cluster-replace`.
 */
export async function beginMove(
  slot: number,
  { from, to, again = false }: { from: ClusterNode; to: ClusterNode; again?: boolean },
): Promise<SlotMove> {
  const [source, target] = [from, to].map(({ url }) => openRedis(url, 'admin', PATIENCE)) as [Redis, Redis];
  const [sourceId, targetId] = await Promise.all([idOf(from), idOf(to)]);
  const setSlot = (node: Redis, ...args: string[]) => node.call('CLUSTER', 'SETSLOT', slot, ...args);
  const close = () => {
    for (const node of [source, target]) node.disconnect();
  };
  const moveSome = async (count: number) => {
    const keys = (await source.call('CLUSTER', 'GETKEYSINSLOT', slot, count)) as string[];
    const how = again ? ['REPLACE', 'KEYS'] : ['KEYS'];
    if (keys.length > 0) await source.call('MIGRATE', '127.0.0.1', to.port, '', 0, PATIENCE, ...how, ...keys);
    return keys.length;
  };
  await setSlot(target, 'IMPORTING', sourceId);
  await setSlot(source, 'MIGRATING', targetId);
  return {
    moveSome,
    finish: async () => {
      while ((await moveSome(PAGE)) > 0);
      await setSlot(target, 'NODE', targetId);
      await setSlot(source, 'NODE', targetId);
      close();
    },
    breakOff: async () => {
      await setSlot(source, 'STABLE');
      await setSlot(target, 'STABLE');
      close();
    },
  };
}

const PAGE = 500; // keys
const PATIENCE = 15_000; // ms

/** Whether a master holds a slot, as it knows it itself. */
export async function holds(node: ClusterNode, slot: number): Promise<boolean> {
  const myself = /^.*myself.*$/m.exec(await node.tell('CLUSTER NODES'))?.[0] ?? '';
  const ranges = myself.split(' ').slice(FIRST_RANGE);
  return ranges.some((range) => {
    const [from = '', to = from] = range.split('-');
    return Number(from) <= slot && slot <= Number(to);
  });
}

const FIRST_RANGE = 8; // words of a line come before the slots
