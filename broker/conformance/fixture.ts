import type { BrokerConfig } from '../open-broker.ts';

/** A real server that a test may kill and start again. */
export interface TestServer {
  /** The variables that open a broker on it. */
  readonly config: BrokerConfig;
  /** SIGKILL: nothing is flushed, nobody is told. */
  kill(): Promise<void>;
  /** Starts it again where it was, with the data that it had made durable; resolves when it answers. */
  restart(): Promise<void>;
  /** Forgets every message. */
  empty(): Promise<void>;
  /** Ends it and removes its data. May be called twice. */
  stop(): Promise<void>;
}

/** What an adapter does not promise, in the open: the named tests are skipped for it. */
export type Gap = { reason: string; tests: string[] };

export type Fixture = {
  name: string;
  /** Rejects with {@link Unavailable} where the server cannot be had. */
  start(): Promise<TestServer>;
  gaps: Gap[];
};

/** The server of this adapter is not on this machine and may not be installed; the message says how to get it. */
export class Unavailable extends Error {
  override name = 'Unavailable';
}
