import type { QueueAttributeName, Message as Received, SQS } from '@aws-sdk/client-sqs';
import { DAY, SECOND } from '#core/durations.ts';

/** A killed worker's message is seen again after this; a running handler renews it at a third. */
export const LEASE_S = 6;
/** The most messages that any call takes. */
export const BATCH = 10;
/** How often an unfinished message may be received, such as one that kills its worker. SQS allows no more. */
const RECEIVED_AT_MOST = 1_000;
const RETENTION_S = (14 * DAY) / SECOND;
const CALL_MS = 2 * SECOND;

export type Entry = {
  text: string;
  /** Messages of one group do not hold back those of another. */
  group?: string | undefined;
  delaySeconds?: number;
};

/** The queues by their short name, made when first used; every call rejects within about two seconds. */
export class SqsQueues {
  readonly #sqs: SQS;
  readonly #prefix: string;
  readonly #urls = new Map<string, Promise<string>>();

  constructor(sqs: SQS, prefix: string) {
    this.#sqs = sqs;
    this.#prefix = prefix;
  }

  /** Sends up to ten. Rejects when SQS refused any of them: the caller then sends all again. */
  async send(queue: string, entries: Entry[]): Promise<void> {
    const Entries = entries.map(({ text, group, delaySeconds = 0 }, index) => ({
      Id: `${index}`,
      MessageBody: text,
      DelaySeconds: delaySeconds,
      ...(group && { MessageGroupId: group }),
    }));
    const { Failed } = await this.#call(queue, (QueueUrl) =>
      this.#sqs.sendMessageBatch({ QueueUrl, Entries }, soon()),
    );
    throwFirst(Failed);
  }

  /** Waits up to `waitSeconds` for up to ten messages. */
  async receive(
    queue: string,
    want: { count: number; waitSeconds: number },
    signal?: AbortSignal,
  ): Promise<Received[]> {
    const { Messages = [] } = await this.#call(queue, (QueueUrl) =>
      this.#sqs.receiveMessage(
        {
          QueueUrl,
          MaxNumberOfMessages: Math.min(BATCH, want.count),
          WaitTimeSeconds: want.waitSeconds,
          VisibilityTimeout: LEASE_S,
          MessageSystemAttributeNames: ['ApproximateReceiveCount'],
        },
        signal ? { abortSignal: signal } : soon(),
      ),
    );
    return Messages;
  }

  /** Receives batches until none comes. A standard queue may hide messages from one call, so each call waits a second. */
  async *drain(queue: string): AsyncGenerator<Received[]> {
    for (;;) {
      const batch = await this.receive(queue, { count: BATCH, waitSeconds: 1 });
      if (batch.length === 0) return;
      yield batch;
    }
  }

  /** Acknowledges up to ten. */
  async delete(queue: string, handles: string[]): Promise<void> {
    const Entries = handles.map((ReceiptHandle, index) => ({ Id: `${index}`, ReceiptHandle }));
    const { Failed } = await this.#call(queue, (QueueUrl) =>
      this.#sqs.deleteMessageBatch({ QueueUrl, Entries }, soon()),
    );
    throwFirst(Failed);
  }

  /** Renews a lease, or with 0 gives it up. */
  async keep(queue: string, handle: string, seconds: number): Promise<void> {
    await this.#call(queue, (QueueUrl) =>
      this.#sqs.changeMessageVisibility(
        { QueueUrl, ReceiptHandle: handle, VisibilityTimeout: seconds },
        soon(),
      ),
    );
  }

  /** Ends the leases of messages, so that other consumers see them at once. */
  async giveBack(queue: string, messages: Received[]): Promise<void> {
    await Promise.all(messages.map(({ ReceiptHandle = '' }) => this.keep(queue, ReceiptHandle, 0)));
  }

  async count(queue: string): Promise<{ visible: number; delayed: number; invisible: number }> {
    const { Attributes } = await this.#call(queue, (QueueUrl) =>
      this.#sqs.getQueueAttributes({ QueueUrl, AttributeNames: COUNTS }, soon()),
    );
    const count = (name: QueueAttributeName) => Number(Attributes?.[name] ?? 0);
    return {
      visible: count('ApproximateNumberOfMessages'),
      delayed: count('ApproximateNumberOfMessagesDelayed'),
      invisible: count('ApproximateNumberOfMessagesNotVisible'),
    };
  }

  /** Deletes these queues and those of their dead letters, as far as they are there. */
  async deleteAll(names: readonly string[]): Promise<void> {
    for (const name of names.flatMap((each) => [each, deadQueue(each)])) {
      const found = await this.#sqs
        .getQueueUrl({ QueueName: `${this.#prefix}-${name}` }, soon())
        .catch(noneIfGone);
      if (found) await this.#sqs.deleteQueue({ QueueUrl: found.QueueUrl }, soon()).catch(noneIfGone);
      this.#urls.delete(name);
    }
  }

  async #call<T>(queue: string, call: (url: string) => Promise<T>): Promise<T> {
    try {
      return await call(await this.#url(queue));
    } catch (error) {
      // The queue was deleted, or could not be created: the next call creates it.
      if (!(await this.#urls.get(queue)?.catch(() => '')) || isGone(error)) this.#urls.delete(queue);
      throw error;
    }
  }

  #url(queue: string): Promise<string> {
    const url = this.#urls.get(queue) ?? this.#create(queue);
    this.#urls.set(queue, url);
    return url;
  }

  async #create(queue: string): Promise<string> {
    const Attributes: Partial<Record<QueueAttributeName, string>> = {
      VisibilityTimeout: `${LEASE_S}`,
      MessageRetentionPeriod: `${RETENTION_S}`,
      ...(!isDead(queue) && { RedrivePolicy: await this.#redrivePolicy(deadQueue(queue)) }),
    };
    const created = await this.#sqs.createQueue(
      { QueueName: `${this.#prefix}-${queue}`, Attributes },
      soon(),
    );
    return created.QueueUrl ?? '';
  }

  async #redrivePolicy(dead: string): Promise<string> {
    const { Attributes } = await this.#call(dead, (QueueUrl) =>
      this.#sqs.getQueueAttributes({ QueueUrl, AttributeNames: ['QueueArn'] }, soon()),
    );
    return JSON.stringify({ deadLetterTargetArn: Attributes?.QueueArn, maxReceiveCount: RECEIVED_AT_MOST });
  }
}

export const deadQueue = (queue: string): string => `${queue}-dead`;
const isDead = (queue: string): boolean => queue.endsWith('-dead');

const COUNTS: QueueAttributeName[] = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesDelayed',
  'ApproximateNumberOfMessagesNotVisible',
];

const soon = () => ({ abortSignal: AbortSignal.timeout(CALL_MS) });

const isGone = (error: unknown): boolean => error instanceof Error && error.name === 'QueueDoesNotExist';

function noneIfGone(error: unknown): undefined {
  if (!isGone(error)) throw error;
}

function throwFirst(failed: { Code?: string | undefined; Message?: string | undefined }[] = []): void {
  const [first] = failed;
  if (first)
    throw new Error(`${failed.length} of a batch were refused: ${first.Code} ${first.Message ?? ''}`);
}
