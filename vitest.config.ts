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
  'api/behind-a-balancer.test.ts',
];

/** These change the process that they run in, or measure it: its environment, its children, its memory. */
const APART = [
  'broker/**',
  'dev/**',
  'lab/{chaos,experiments,recovery,stage}/**',
  'worker/crash-points*',
  'api/behind-a-balancer*',
].map((files) => `${files}.test.{ts,tsx}`);

/**
 * By default the largest files begin first. A small one that takes long would run at the end, with nobody beside it. Those
 * that share a process come last and in one row, or else each change between the two kinds would end a process.
 */
class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const long = LONG.flatMap((name) => sorted.filter(({ moduleId }) => moduleId.endsWith(`/${name}`)));
    const others = sorted.filter((file) => !long.includes(file));
    const isApart = ({ project }: TestSpecification) => project.name === 'apart';
    return [...long, ...others.filter(isApart), ...others.filter((file) => !isApart(file))];
  }
}

const NOT_OURS = ['node_modules/**', '.next/**', '.compiled/**', '.compiled-tests/**', '.data/**', 'e2e/**'];
/** Longer than `eventually` waits, so that a test says what it waited for. */
const LIMITS = {
  testTimeout: 45_000,
  hookTimeout: 45_000,
  expect: { poll: { timeout: 30_000, interval: 20 } },
};

export default defineConfig({
  test: {
    globalSetup: ['testing/test-servers.ts'],
    sequence: { sequencer: LongFirst },
    maxWorkers: 4, // on two cores: many wait for leases and servers more than they compute
    teardownTimeout: 10_000,
    projects: [
      { test: { ...LIMITS, name: 'apart', include: APART, exclude: NOT_OURS } },
      {
        // Loading its modules costs a file more than its tests do. Nothing of ours has state at module level, so files
        // may share a process. That saves 40 % of the CPU time of api/ and core/.
        test: {
          ...{ ...LIMITS, name: 'together', isolate: false },
          ...{ include: ['**/*.test.{ts,tsx}'], exclude: [...NOT_OURS, ...APART] },
        },
      },
    ],
  },
});
