import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Fixture, type TestServer, Unavailable } from '#broker/conformance/fixture.ts';
import { rabbitmq } from '#broker/conformance/rabbitmq-fixture.ts';
import { sqs } from '#broker/conformance/sqs-fixture.ts';
import { readDeliveries } from '#core/ledger/delivery.ts';
import { eventually } from '#testing/eventually.ts';
import { addFollowers, addUsers, post, range } from '#testing/people.ts';
import { openWorld, type World } from '#testing/world.ts';
import { brokerNameIn, startBroker } from './broker.ts';
import { nodeArgs, ROOT } from './paths.ts';
import { startProgram } from './program.ts';
import { openTempFolder } from './temp-folder.ts';

const GIVEN: { fixture: Fixture; env: (url: string) => Record<string, string> }[] = [
  { fixture: rabbitmq, env: (url) => ({ BROKER: 'rabbitmq', RABBITMQ_URL: url }) },
  { fixture: sqs, env: (url) => ({ BROKER: 'sqs', SQS_ENDPOINT: url }) },
];

describe.each(GIVEN)('a server of $fixture.name that runs already', ({ fixture, env }) => {
  const folder = openTempFolder('given-broker');
  let world: World;
  let server: TestServer | undefined;
  beforeAll(async () => {
    world = await openWorld();
    server = await fixture.start().catch((error) => {
      if (!(error instanceof Unavailable) || process.env.CI) throw error;
      return undefined;
    });
  }, 120_000);
  afterAll(async () => {
    await server?.stop();
    await world.close();
    folder.remove();
  });

  test('is used when its variable names it, and carries a tweet to its followers', async ({ skip }) => {
    if (!server) return skip(`${fixture.name} is not installed`);
    const broker = await startBroker({
      dataDir: folder.dir,
      env: env(server.url) as NodeJS.ProcessEnv,
      log: () => {},
    });
    expect(broker.server).toBeUndefined();
    await addUsers(world.postgres.pool, range(1, 5));
    await addFollowers(world.postgres.pool, 1, range(2, 5));
    const worker = startWorker(world, broker.variables, join(folder.dir, 'worker.log'));
    try {
      const tweetId = await post(world.postgres.pool, 1);
      await eventually(async () =>
        expect(await readDeliveries(world.postgres.pool, [tweetId])).toMatchObject([
          { state: 'delivered', expected: 4, cold: 4 },
        ]),
      );
    } finally {
      await worker.stop(5_000);
    }
  });
});

test('a broker that there is not is refused with the names of those that there are', () => {
  expect(() => brokerNameIn({ BROKER: 'kafka' })).toThrow(
    'BROKER: expected bullmq, rabbitmq, sqs, got kafka',
  );
});

function startWorker({ databaseUrl, timelineRedisUrl }: World, broker: Record<string, string>, file: string) {
  return startProgram({
    name: 'worker',
    command: process.execPath,
    args: nodeArgs('worker/main.ts'),
    cwd: ROOT,
    env: {
      ...process.env,
      DATABASE_URL: databaseUrl,
      TIMELINE_REDIS_URL: timelineRedisUrl,
      SESSION_SECRET: 'nobody signs in to this',
      ...broker,
    },
    output: { file },
  });
}
