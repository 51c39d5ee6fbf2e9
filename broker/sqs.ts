import type { Message as Received, SQS } from '@aws-sdk/client-sqs';
import { SECOND } from '#core/durations.ts';
import type { Message, QueueName } from '#core/messages.ts';
import { seal, unseal } from './envelope.ts';
import type { DeadLettered, Depth, Handler, Memory, OwnBroker, Place } from './port.ts';
import { BrokerAway, type ConsumeOptions, type Consumer } from './port.ts';
import { SqsConsumer } from './sqs-consumer.ts';
import { explain } from './sqs-mistakes.ts';
import { BATCH, deadQueue, type Entry, SqsQueues } from './sqs-queues.ts';
import { tooLate, within } from './within.ts';

/** SQS takes ten messages a call. This many calls run at once, to hide its latency. */
const CALLS_AT_ONCE = 16;
const ANSWER_MS = SECOND;
/** The SDK hands out credentials that it has found before at once. */
const KEY_MS = 50;
/** A link that is silent for this long is dead: a call that waits for messages takes only 2 s. */
const SILENCE_MS = 5 * SECOND;
/** SQS refuses a longer delay. */
const LONGEST_DELAY_S = 900;
/** Looking at dead letters means receiving them, so the newest are sought among this many and not among all. */
const LOOKED_AT = 1_000;

export type SqsOptions = {
  region: string;
  /** Of an SQS that is not Amazon's. */
  endpoint?: string | undefined;
} & Place;

/** Opens the broker on Amazon SQS: standard queues, and the credentials that the SDK finds. It need not be reachable yet. */
export function openSqs(options: SqsOptions): OwnBroker {
  return new SqsBroker(options);
}

class SqsBroker implements OwnBroker {
  readonly #options: SqsOptions;
  readonly #sqs: Promise<SQS>;
  readonly #queues: Promise<SqsQueues>;
  #consumers: SqsConsumer[] = [];
  #closing: Promise<void> | undefined;

  constructor(options: SqsOptions) {
    this.#options = options;
    this.#sqs = loadClient(options);
    this.#queues = this.#sqs.then((sqs) => new SqsQueues(sqs, options.prefix));
  }

  publish(name: QueueName, messages: Message[]): Promise<void> {
    const entries = messages.map(({ body, headers, group }) => ({ text: seal({ body, headers }), group }));
    return this.#ask((queues) => sendAll(queues, name, entries));
  }

  consume(name: QueueName, handler: Handler, { concurrency }: ConsumeOptions): Consumer {
    const consumer = new SqsConsumer({
      queues: this.#queues,
      name,
      handler,
      concurrency,
      delay: (copy) =>
        this.#send(name, { text: seal(copy), delaySeconds: delaySeconds(copy.due - Date.now()) }),
      bury: (copy) => this.#send(deadQueue(name), { text: seal(copy) }),
    });
    this.#consumers = [...this.#consumers.filter(({ isStopped }) => !isStopped), consumer];
    return consumer;
  }

  /** Approximate, as SQS itself says: it does not count all of its servers at one moment. */
  depth(name: QueueName): Promise<Depth> {
    return this.#ask(async (queues) => {
      const [live, dead] = await Promise.all([queues.count(name), queues.count(deadQueue(name))]);
      return {
        waiting: live.visible + live.delayed,
        inFlight: live.invisible,
        dead: sumOf(dead),
      };
    });
  }

  /** SQS cannot show a message: we receive it and give it back. */
  deadLetters(name: QueueName, limit: number): Promise<DeadLettered[]> {
    return this.#ask(async (queues) => {
      const seen: Received[] = [];
      for await (const batch of queues.drain(deadQueue(name))) {
        seen.push(...batch);
        if (seen.length >= LOOKED_AT) break;
      }
      await queues.giveBack(deadQueue(name), seen);
      const dead = seen.map(toDeadLettered).sort((a, b) => b.at.getTime() - a.at.getTime());
      return dead.slice(0, limit);
    });
  }

  redrive(name: QueueName): Promise<number> {
    return this.#ask(async (queues) => {
      const there = sumOf(await queues.count(deadQueue(name)));
      let count = 0;
      for await (const batch of queues.drain(deadQueue(name))) {
        await queues.send(
          name,
          batch.map(({ Body = '' }) => {
            const { body, headers } = unseal(Body);
            return { text: seal({ body, headers }) };
          }),
        );
        await queues.delete(
          deadQueue(name),
          batch.map(({ ReceiptHandle = '' }) => ReceiptHandle),
        );
        count += batch.length;
        // What was put back may die again at once, and would be received here for ever.
        if (count >= there) break;
      }
      return count;
    });
  }

  discard(name: QueueName, isMeant: (letter: DeadLettered) => boolean): Promise<number> {
    return this.#ask(async (queues) => {
      const spared: Received[] = [];
      let count = 0;
      for await (const batch of queues.drain(deadQueue(name))) {
        // A batch that holds one of those that stay begins to repeat: their leases have run out.
        if (batch.some(({ MessageId }) => spared.some((each) => each.MessageId === MessageId))) break;
        const meant = batch.filter((message) => isMeant(toDeadLettered(message)));
        spared.push(...batch.filter((message) => !meant.includes(message)));
        const handles = meant.map(({ ReceiptHandle = '' }) => ReceiptHandle);
        if (handles.length > 0) await queues.delete(deadQueue(name), handles);
        count += meant.length;
      }
      await queues.giveBack(deadQueue(name), spared);
      return count;
    });
  }

  /** Null: SQS has no bound. */
  async memory(): Promise<Memory | null> {
    return null;
  }

  ping(): Promise<void> {
    const late = () => tooLate('answer', ANSWER_MS);
    // A queue that is asked for is made. One that is not ours would stay for ever.
    const [name = 'fan-out'] = this.#options.queues;
    return this.#ask(async (queues) => void (await within(ANSWER_MS, queues.count(name), late)));
  }

  async remove(): Promise<void> {
    await Promise.all(this.#consumers.map((consumer) => consumer.stop(0)));
    await this.#ask((queues) => queues.deleteAll(this.#options.queues));
  }

  close(deadlineMs: number): Promise<void> {
    this.#closing ??= this.#close(deadlineMs);
    return this.#closing;
  }

  async #close(deadlineMs: number): Promise<void> {
    await Promise.all(this.#consumers.map((consumer) => consumer.stop(deadlineMs)));
    (await this.#sqs).destroy();
  }

  #send(queue: string, entry: Entry): Promise<void> {
    return this.#ask((queues) => queues.send(queue, [entry]));
  }

  async #ask<T>(question: (queues: SqsQueues) => Promise<T>): Promise<T> {
    try {
      if (this.#closing) throw new Error('this client is closed');
      return await question(await this.#queues);
    } catch (cause) {
      const { region, endpoint } = this.#options;
      const accessKeyId = await keyOf(await this.#sqs);
      throw new BrokerAway(explain(cause, { region, endpoint, accessKeyId }), { cause });
    }
  }
}

/** Loads the SDK, which takes 180 ms, only when this broker was chosen. */
async function loadClient({ region, endpoint }: SqsOptions): Promise<SQS> {
  const { SQS } = await import('@aws-sdk/client-sqs');
  const elsewhere = endpoint ? { endpoint, useQueueUrlAsEndpoint: false } : {};
  return new SQS({
    region,
    ...elsewhere,
    requestHandler: { connectionTimeout: SECOND, socketTimeout: SILENCE_MS },
  });
}

/**
 * The key that calls are signed with; null when there is none. It is null also while the SDK still looks for one: last
 * of all it asks for an Amazon machine, and waits for it longer than a call may take.
 */
async function keyOf({ config }: SQS): Promise<string | null> {
  const late = () => tooLate('credentials', KEY_MS);
  return within(KEY_MS, config.credentials(), late).then(
    ({ accessKeyId }) => accessKeyId,
    () => null,
  );
}

const sumOf = ({ visible, delayed, invisible }: Awaited<ReturnType<SqsQueues['count']>>): number =>
  visible + delayed + invisible;

async function sendAll(queues: SqsQueues, name: QueueName, entries: Entry[]): Promise<void> {
  const batches: Entry[][] = [];
  for (let at = 0; at < entries.length; at += BATCH) batches.push(entries.slice(at, at + BATCH));
  for (let at = 0; at < batches.length; at += CALLS_AT_ONCE) {
    await Promise.all(batches.slice(at, at + CALLS_AT_ONCE).map((batch) => queues.send(name, batch)));
  }
}

/** The delay of a message, cut to what SQS allows: the message knows when it is due, and is delayed again then. */
export const delaySeconds = (ms: number): number =>
  Math.min(LONGEST_DELAY_S, Math.max(0, Math.ceil(ms / 1_000)));

function toDeadLettered({ Body = '' }: Received): DeadLettered {
  const { body, error, diedAt } = unseal(Body);
  return { body, error, at: new Date(diedAt) };
}
