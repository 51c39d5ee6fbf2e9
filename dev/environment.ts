import { type BrokerConfig, brokerVariables } from '#broker/variables.ts';
import { type Config, readConfig } from '#core/config.ts';
import { isAtAmazon } from './broker.ts';
import { SQS_VISITOR } from './sqs.ts';

/** Stand in for the values that `npm start` makes itself. These only satisfy the schema: the real ones come later. */
const MADE = {
  DATABASE_URL: 'postgres://made-later',
  QUEUE_REDIS_URL: 'redis://made-later',
  TIMELINE_REDIS_URL: 'redis://made-later',
  RABBITMQ_URL: 'amqp://made-later',
  SESSION_SECRET: 'made by the first start',
};

/**
 * Checks every variable by the schema of the processes before anything is started or built. Otherwise the processes would
 * end one after the other for a reason that is known at once. Throws a ConfigError.
 */
export function requireVariables(env: NodeJS.ProcessEnv): Config & BrokerConfig {
  const given = Object.entries(env).filter(([, value]) => value);
  const region = isAtAmazon(env) ? {} : { AWS_REGION: SQS_VISITOR.AWS_REGION };
  return readConfig(brokerVariables, { ...MADE, ...region, ...Object.fromEntries(given) });
}
