import { followsEverybody } from '#prisma/seed/demo/follows-everybody.ts';
import { isAtAmazon } from './broker.ts';

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
  return isOnGivenServer(env) ? '' : DEMO_OPERATOR;
}

/** Whether any server is one that somebody gave. */
export const isOnGivenServer = (env: NodeJS.ProcessEnv): boolean =>
  SERVERS.some((name) => env[name]) || (env.BROKER === 'sqs' && isAtAmazon(env));
