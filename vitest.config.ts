import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** These take a minute or more, the longest first. Some are small. */
const LONG = [
  'lab/experiments/on-a-stage.test.ts',
  'lab/experiments/experiments.test.ts',
  'worker/crash-points.test.ts',
  'lab/chaos/chaos.test.ts',
  'lab/recovery/recovery.test.ts',
  'broker/rabbitmq.test.ts',
  'broker/sqs.test.ts',
  'broker/bullmq.test.ts',
];

/** By default the largest files begin first. A small one that takes long would run at the end, with nobody beside it. */
class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const long = LONG.flatMap((name) => sorted.filter(({ moduleId }) => moduleId.endsWith(`/${name}`)));
    return [...long, ...sorted.filter((file) => !long.includes(file))];
  }
}

export default defineConfig({
  test: {
    include: ['**/*.test.{ts,tsx}'],
    exclude: ['node_modules/**', '.next/**', '.data/**', 'e2e/**'],
    globalSetup: ['testing/test-servers.ts'],
    sequence: { sequencer: LongFirst },
    maxWorkers: 4, // on two cores: many wait for leases and servers more than they compute
    testTimeout: 20_000,
    hookTimeout: 20_000,
    teardownTimeout: 10_000,
  },
});
