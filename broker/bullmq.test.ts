import { describe } from 'vitest';
import { bullmq } from './conformance/bullmq-fixture.ts';
import { conformance } from './conformance/conformance.ts';

describe(bullmq.name, () => conformance(bullmq));
