import { setTimeout as wait } from 'node:timers/promises';
import { listDemoAccounts } from '#core/accounts/accounts.ts';
import { type Config, ConfigError } from '#core/config.ts';
import type { PrismaClient } from '#prisma/client/client.ts';

/**
 * Whether an account may do what concerns everybody: pause deliveries, retry and discard what others asked for, see the
 * workers and what failed. OPERATORS alone says so, and no row of a database: whoever can write rows gets no role by it.
 */
export const isOperator = (
  { OPERATORS }: Pick<Config, 'OPERATORS'>,
  { handle }: { handle: string },
): boolean => OPERATORS.includes(handle);

const AGAIN = 500; // ms until Postgres is asked again

/**
 * Rejects with a {@link ConfigError} as soon as a handle of OPERATORS turns out to belong to no demo account: only those can
 * be signed in, and whoever mistyped one would look in vain for the role. While Postgres does not answer or has no demo
 * accounts yet, it asks again. Resolves when all are known, or `signal` is aborted.
 */
export async function refuseUnknownOperators(
  { OPERATORS }: Pick<Config, 'OPERATORS'>,
  prisma: PrismaClient,
  signal: AbortSignal,
): Promise<void> {
  if (OPERATORS.length === 0) return;
  const known = await knownHandles(prisma, signal);
  const unknown = OPERATORS.filter((handle) => !known.includes(handle));
  if (known.length === 0 || unknown.length === 0) return;
  throw new ConfigError(
    `OPERATORS: Expected handles of demo accounts, got ${unknown.join(', ')}. There are ${known.join(', ')}. ` +
      'Name some of these, or leave OPERATORS out.',
  );
}

/** Empty when `signal` was aborted first. What fails otherwise than by being away fails requests too, which say why. */
async function knownHandles(prisma: PrismaClient, signal: AbortSignal): Promise<string[]> {
  while (!signal.aborted) {
    const accounts = await listDemoAccounts(prisma).catch(() => []);
    if (accounts.length > 0) return accounts.map(({ handle }) => handle);
    await wait(AGAIN, undefined, { signal }).catch(() => {});
  }
  return [];
}
