import type { Config } from '#core/config.ts';

/**
 * Whether an account may do what concerns everybody: pause deliveries, retry and discard what others asked for, see the
 * workers and what failed. OPERATORS alone says so, and no row of a database: whoever can write rows gets no role by it.
 */
export const isOperator = (
  { OPERATORS }: Pick<Config, 'OPERATORS'>,
  { handle }: { handle: string },
): boolean => OPERATORS.includes(handle);
