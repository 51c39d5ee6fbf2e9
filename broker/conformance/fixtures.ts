import { bullmq } from './bullmq-fixture.ts';
import type { Fixture } from './fixture.ts';
import { rabbitmq } from './rabbitmq-fixture.ts';
import { sqs } from './sqs-fixture.ts';

/** A real server of every broker, for tests of code that does not know which one runs. */
export const FIXTURES: Fixture[] = [bullmq, rabbitmq, sqs];
