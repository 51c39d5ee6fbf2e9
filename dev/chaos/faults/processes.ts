import type { Part } from '../stage/part.ts';
import type { Heal } from './kinds.ts';

/** Killed without a word; started again when it heals. */
export async function kill(part: Part): Promise<Heal> {
  await part.end('SIGKILL');
  return () => part.start();
}

/** Stopped in the middle of whatever it does, and later goes on with what it knew before. */
export async function freeze(part: Part): Promise<Heal> {
  part.freeze();
  return async () => part.thaw();
}
