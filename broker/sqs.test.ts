import { describe } from 'vitest';
import { conformance } from './conformance/conformance.ts';
import { sqs } from './conformance/sqs-fixture.ts';

describe(sqs.name, () => conformance(sqs));
