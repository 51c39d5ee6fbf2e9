import { describe } from 'vitest';
import { conformance } from './conformance/conformance.ts';
import { rabbitmq } from './conformance/rabbitmq-fixture.ts';

describe(rabbitmq.name, () => conformance(rabbitmq));
