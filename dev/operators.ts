import { refuseUnknownOperators } from '#core/accounts/operators.ts';
import { MINUTE } from '#core/durations.ts';
import { openPostgres } from '#core/postgres.ts';
import { followsEverybody } from '#prisma/seed/demo/follows-everybody.ts';
import { isAtAmazon } from './broker.ts';
import { requireVariables } from './environment.ts';

/** Of the demo's people: her home is never empty, and she reads what everybody writes. Data seeded before knows her too. */
export const DEMO_OPERATOR = followsEverybody.handle;

/** Variables that name a server which others may use too. */
const SERVERS = ['DATABASE_URL', 'QUEUE_REDIS_URL', 'TIMELINE_REDIS_URL', 'RABBITMQ_URL', 'SQS_ENDPOINT'];

/**
 * OPERATORS for the web processes. A demo whose servers are all its own gets an operator, so that everything can be tried.
 * On any server that is given nobody gets the role unless OPERATORS says so.
 */
export function operatorsFor(env: NodeJS.ProcessEnv): string {
  if (env.OPERATORS) return env.OPERATORS;
  const isGiven = SERVERS.some((name) => env[name]) || (env.BROKER === 'sqs' && isAtAmazon(env));
  return isGiven ? '' : DEMO_OPERATOR;
}

/** Ends the start when OPERATORS names somebody whom the database does not know. Throws a ConfigError. */
export async function checkOperators(databaseUrl: string, env: NodeJS.ProcessEnv): Promise<void> {
  const { prisma, close } = openPostgres({ url: databaseUrl, max: 1, name: 'start' });
  try {
    await refuseUnknownOperators(requireVariables(env), prisma, AbortSignal.timeout(MINUTE));
  } finally {
    await close();
  }
}
