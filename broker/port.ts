import type { Message, QueueName } from '#core/messages.ts';

/**
 * The one port to a message broker. Delivery is at least once: a handler may see a message again, at any time,
 * beside itself or after itself. Whoever consumes makes the effect happen once (here: the chunk receipt).
 */
export interface Broker {
  /** Resolves when the broker holds all messages durably; rejects with {@link BrokerAway} when that is not known. */
  publish(queue: QueueName, messages: Message[]): Promise<void>;
  /** Starts taking messages. Resolve = acknowledge, throw = redeliver after backoff, {@link DeadLetter} = give up. */
  consume(queue: QueueName, handler: Handler, options: ConsumeOptions): Consumer;
  /** As exact as the broker's own counts: SQS calls its counts approximate. */
  depth(queue: QueueName): Promise<Depth>;
  /** Messages given up, newest first. On RabbitMQ and SQS looking at them hides them for a moment. */
  deadLetters(queue: QueueName, limit: number): Promise<DeadLettered[]>;
  /** Puts every dead letter back; returns how many. */
  redrive(queue: QueueName): Promise<number>;
  /** Drops for good every dead letter for which `isMeant` is true; returns how many. */
  discard(queue: QueueName, isMeant: (letter: DeadLettered) => boolean): Promise<number>;
  /** How full the broker's store is; null when it has no bound, or refuses by itself before it is full. */
  memory(): Promise<Memory | null>;
  /** Resolves when the broker answers; rejects with {@link BrokerAway} within about a second when it does not. */
  ping(): Promise<void>;
  /** Stops consumers, waits for their handlers up to the deadline, closes. May be called twice. */
  close(deadlineMs: number): Promise<void>;
}

/** Queues of one's own on the same broker. No other process knows them. */
export interface OwnBroker extends Broker {
  /** Deletes its queues with all that they hold. The broker is to be closed next. May be called twice. */
  remove(): Promise<void>;
}

/** The names of the system's queues begin with this, unless a variable says otherwise. */
export const PREFIX = 'tweet-fanout';

/** Where the queues are: what their names begin with, and which of them there are. */
export type Place = { prefix: string; queues: readonly QueueName[] };

export type Handler = (delivery: Delivery) => Promise<void>;

export type Delivery = {
  body: unknown;
  /** As they were published; also when it comes again. */
  headers?: Message['headers'];
  /** True when the broker knows that it handed this message out before; false proves nothing. */
  redelivered: boolean;
  /** Aborted when the lease is lost or the consumer's deadline has passed. Stop working then: another does it. */
  signal: AbortSignal;
};

export type ConsumeOptions = {
  /** Handlers that run at once. */
  concurrency: number;
};

export interface Consumer {
  /** Changes how many handlers run at once, as they end. It is only an optimisation: RabbitMQ keeps the first number. */
  resize(concurrency: number): void;
  /** Takes no more, waits for running handlers up to the deadline; the rest is redelivered. May be called twice. */
  stop(deadlineMs: number): Promise<void>;
}

export type Depth = {
  /** Messages waiting, also those that wait for their backoff. */
  waiting: number;
  /** Messages that consumers hold now. On RabbitMQ only those of this process: AMQP tells no more. */
  inFlight: number;
  dead: number;
};

/** Bytes. */
export type Memory = { used: number; max: number };

export type DeadLettered = { body: unknown; error: string; at: Date };

/** Thrown by a handler: redeliver not before `delayMs`. The ledger decides how long and how often. */
export class RetryLater extends Error {
  override name = 'RetryLater';
  constructor(
    readonly delayMs: number,
    reason: string,
    options?: ErrorOptions,
  ) {
    super(reason, options);
  }
}

/** Thrown by a handler: never redeliver, keep it with its error until someone redrives it. */
export class DeadLetter extends Error {
  override name = 'DeadLetter';
}

/** The broker did not answer in time, or refused. Whether the message arrived is unknown: publish it again later. */
export class BrokerAway extends Error {
  override name = 'BrokerAway';
}
