import type { Drawing } from './from-schema.ts';

/** What a client does after its last byte: it waits for the answer, says that it is done, or is gone. */
export type Ending = 'wait' | 'half-close' | 'cut';

/** What goes over one connection. */
export type Shot = {
  kind: Kind;
  /** The whole, well-formed requests in it. Each is owed one answer. */
  asked: Asked[];
  bytes: Buffer;
  ending: Ending;
  /** Whether the server may close the connection without an answer, because what came is no request, or too much. */
  mayBeDropped: boolean;
};

export type Asked = { method: string; target: string };

/** Who sends requests, and what exists that they can name. */
export type Sender = { cookie: string; known: Drawing['known'] };

/** Every kind of shot. They take turns. */
export const KINDS = [
  'valid',
  'borderline',
  'hostile value',
  'wrong type',
  'NUL',
  'deep JSON',
  'wrong encoding',
  'nobody or somebody else',
  'wrong path or method',
  'half-sent',
  'header flood',
  'pipelining',
  'not HTTP',
] as const;
export type Kind = (typeof KINDS)[number];

/** With this header the server closes the connection after its answer, so the end of the bytes ends the answer. */
export const CLOSE: [string, string] = ['Connection', 'close'];
