import { PrismaPg } from '@prisma/adapter-pg';
import type pg from 'pg';
import { PrismaClient } from '#prisma/client/client.ts';

/**
 * Prisma Client on the connections of a pool: their number, their line and their timeouts hold for it as well. It loads
 * with its first query, in 60 ms and 20 MB; a process that sends none pays nothing. docs/decisions/025 says what goes
 * through it and what stays SQL.
 */
export const prismaOn = (pool: pg.Pool): PrismaClient =>
  // `minimal`: an error would quote our source, which it reads from disk.
  new PrismaClient({ adapter: new PrismaPg(pool, { disposeExternalPool: false }), errorFormat: 'minimal' });

/** What a `BigInt` column holds, as a number: our ids and counts stay below 2^53. */
export function toNumber(value: bigint): number;
export function toNumber(value: bigint | null): number | null;
export function toNumber(value: bigint | null): number | null {
  if (value === null) return null;
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new RangeError(`Expected a number below 2^53, got ${value}`);
  return number;
}
