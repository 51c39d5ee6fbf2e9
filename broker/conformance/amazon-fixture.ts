import { SQS } from '@aws-sdk/client-sqs';
import type { Fixture, TestServer } from './fixture.ts';
import { sqs } from './sqs-fixture.ts';

const NOT_OURS = 'Amazon’s servers cannot be killed, nor a link to them be cut, from here';
const A_MINUTE = 'Amazon lets nobody make a queue of the same name for a minute';

/** Amazon SQS itself, with the credentials that its SDK finds. Its queues cost money, and are deleted at the end. */
export const amazon = (region: string): Fixture => ({
  name: `SQS of Amazon in ${region}`,
  mistakes: [],
  start: async () => new Amazon(region),
  gaps: [
    ...sqs.gaps,
    {
      reason: NOT_OURS,
      tests: [
        'publish and ping reject in time while the server is away, and work again after it is back',
        'every question has a deadline on a link that carries nothing, and works again when it does',
        'a broker opened while the server is away rejects in time and works once it is there',
        'a consumer takes messages again when the server is back',
        'a process that closes its broker while the server is away ends by itself',
      ],
    },
    {
      reason: A_MINUTE,
      tests: [
        'what was published after somebody deleted the queue arrives',
        'queues of one’s own carry messages apart from the others, and leave nothing',
      ],
    },
  ],
});

/** Each test has queues of its own, because Amazon purges a queue at most once a minute. */
class Amazon implements TestServer {
  readonly url: string;
  readonly #region: string;
  readonly #prefix = `conformance-${crypto.randomUUID().slice(0, 8)}`;
  #tests = 0;

  constructor(region: string) {
    this.#region = region;
    this.url = `https://sqs.${region}.amazonaws.com`;
  }

  get config() {
    return {
      BROKER: 'sqs' as const,
      AWS_REGION: this.#region,
      SQS_QUEUE_PREFIX: `${this.#prefix}-${this.#tests}`,
    };
  }

  async empty(): Promise<void> {
    this.#tests++;
  }

  kill = () => this.#refuse();
  restart = () => this.#refuse();
  deleteQueue = () => this.#refuse();

  async stop(): Promise<void> {
    const admin = new SQS({ region: this.#region });
    const { QueueUrls = [] } = await admin.listQueues({ QueueNamePrefix: this.#prefix, MaxResults: 1_000 });
    await Promise.all(QueueUrls.map((QueueUrl) => admin.deleteQueue({ QueueUrl })));
    admin.destroy();
  }

  async #refuse(): Promise<never> {
    throw new Error(NOT_OURS);
  }
}
