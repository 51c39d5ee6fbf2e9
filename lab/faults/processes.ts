import type { Part } from '../chaos/stage/part.ts';
import type { Heal } from './kinds.ts';

/** Killed without a word; started again when it heals. */
export async function kill(part: Part): Promise<Heal> {
  await part.end('SIGKILL');
  return () => part.start();
}

const STOP = 10_000; // ms

/**
 * Stopped as a deployment does, and started again when it heals: Postgres ends its sessions (a fast shutdown), Redis
 * saves its file and comes back with it.
 */
export async function restart(part: Part): Promise<Heal> {
  await part.stop(STOP);
  return () => part.start();
}

/** Stopped in the middle of whatever it does, and later goes on with what it knew before. */
export async function freeze(part: Part): Promise<Heal> {
  part.freeze();
  return async () => part.thaw();
}
