import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** These are small, and take a minute or more. */
const LONG = ['broker/rabbitmq.test.ts', 'broker/sqs.test.ts', 'broker/bullmq.test.ts'];

/** By default the largest files begin first. A small one that takes long would run at the end, with nobody beside it. */
class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => LONG.some((name) => moduleId.endsWith(`/${name}`));
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  test: {
    include: ['**/*.test.{ts,tsx}'],
    exclude: ['node_modules/**', '.next/**', '.data/**', 'e2e/**'],
    globalSetup: ['testing/test-servers.ts'],
    sequence: { sequencer: LongFirst },
    maxWorkers: 3, // on two cores: many wait for leases and servers more than they compute
    testTimeout: 20_000,
    hookTimeout: 20_000,
    teardownTimeout: 10_000,
  },
});
