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

/**
 * Throws a {@link ConfigError} that names the handles in OPERATORS which no demo account has. Only demo accounts can be
 * signed in, so a mistyped handle would give the role to nobody.
 */
export function requireKnown({ OPERATORS }: Pick<Config, 'OPERATORS'>, accounts: { handle: string }[]): void {
  const known = accounts.map(({ handle }) => handle);
  const unknown = OPERATORS.filter((handle) => !known.includes(handle));
  if (unknown.length === 0) return;
  throw new ConfigError(
    `OPERATORS: Expected handles of demo accounts, got ${unknown.join(', ')}. There are ${known.join(', ')}. ` +
      'Name some of these, or leave OPERATORS out.',
  );
}

const AGAIN = 500; // ms until Postgres is asked again

/**
 * Rejects as {@link requireKnown} throws. While Postgres does not answer, or has no demo accounts yet, it asks again.
 * Resolves when all are known, or when `signal` is aborted. It ignores other failures: requests fail too, and say why.
 */
export async function refuseUnknownOperators(
  config: Pick<Config, 'OPERATORS'>,
  prisma: PrismaClient,
  signal: AbortSignal,
): Promise<void> {
  if (config.OPERATORS.length === 0) return;
  while (!signal.aborted) {
    const accounts = await listDemoAccounts(prisma).catch(() => []);
    if (accounts.length > 0) return requireKnown(config, accounts);
    await wait(AGAIN, undefined, { signal }).catch(() => {});
  }
}
