import type { QueueName } from '#core/messages.ts';
import type { BrokerConfig } from '../variables.ts';

/** A real server that a test may kill and start again. */
export interface TestServer {
  readonly url: string;
  /** The variables that open a broker on it. */
  readonly config: BrokerConfig;
  /** SIGKILL: nothing is flushed, nobody is told. */
  kill(): Promise<void>;
  /** Starts it again where it was, with the data that it had made durable; resolves when it answers. */
  restart(): Promise<void>;
  /** Forgets every message. */
  empty(): Promise<void>;
  /** Takes the queue itself away, as somebody at an administrator's console may. */
  deleteQueue(queue: QueueName): Promise<void>;
  /** Ends it and removes its data. May be called twice. */
  stop(): Promise<void>;
}

/** What an adapter does not promise, and why. The named tests are skipped for it. */
export type Gap = { reason: string; tests: string[] };

/** A mistake in the environment, or something that is in the way on the server. */
export type Mistake = {
  name: string;
  /** Puts it there; resolves with the variables to open a broker with. */
  make(url: string): Promise<BrokerConfig>;
  /** What the broker says about it: the variable, and what to do. */
  says: RegExp;
  undo?(url: string): Promise<void>;
};

export type Fixture = {
  name: string;
  mistakes: Mistake[];
  /** Rejects with {@link Unavailable} where the server cannot be had. */
  start(): Promise<TestServer>;
  gaps: Gap[];
};

/** The server of this adapter is not on this machine and may not be installed; the message says how to get it. */
export class Unavailable extends Error {
  override name = 'Unavailable';
}
