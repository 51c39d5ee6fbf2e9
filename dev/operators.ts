import { listDemoAccounts } from '#core/accounts/accounts.ts';
import { requireKnown } from '#core/accounts/operators.ts';
import { openPostgres } from '#core/postgres.ts';
import { demoAccounts } from '#prisma/seed/demo/accounts.ts';
import { followsEverybody } from '#prisma/seed/demo/follows-everybody.ts';
import { isAtAmazon } from './broker.ts';
import { requireVariables } from './environment.ts';

/** The demo account that is operator. Her home is never empty, and she is also in data that an older version seeded. */
export const demoOperator = followsEverybody;

/** Variables that name a server which others may use too. */
const SERVERS = ['DATABASE_URL', 'QUEUE_REDIS_URL', 'TIMELINE_REDIS_URL', 'RABBITMQ_URL', 'SQS_ENDPOINT'];

/**
 * OPERATORS for the web processes. A demo whose servers are all its own gets an operator, so that everything can be
 * tried. On servers that others may use too, nobody gets the role unless OPERATORS says so.
 */
export function operatorsFor(env: NodeJS.ProcessEnv): string {
  if (env.OPERATORS) return env.OPERATORS;
  return isOnGivenServer(env) ? '' : demoOperator.handle;
}

/** Whether any server is given by a variable, and so may be in use elsewhere. */
export const isOnGivenServer = (env: NodeJS.ProcessEnv): boolean =>
  SERVERS.some((name) => env[name]) || (env.BROKER === 'sqs' && isAtAmazon(env));

/** What the start says about the operator that nobody has asked for; null when there is nothing to say. */
export const demoRole = (env: NodeJS.ProcessEnv): string | null =>
  !env.OPERATORS && operatorsFor(env)
    ? `OPERATORS is unset: ${demoOperator.name} (${demoOperator.handle}) is the operator of this demo`
    : null;

/**
 * Throws a ConfigError, which ends the start, when OPERATORS names an account that the database does not have. In an
 * empty database it must be one that the seed adds.
 */
export async function checkOperators(databaseUrl: string, env: NodeJS.ProcessEnv): Promise<void> {
  const { prisma, close } = openPostgres({ url: databaseUrl, max: 1, name: 'start' });
  try {
    const accounts = await listDemoAccounts(prisma);
    requireKnown(requireVariables(env), accounts.length > 0 ? accounts : [...demoAccounts]);
  } finally {
    await close();
  }
}
