import type { Drawing } from './from-schema.ts';

/** How a client leaves a connection after its last byte: waits for the answer, says that it is done, or is gone. */
export type Ending = 'wait' | 'half-close' | 'cut';

/** What goes over one connection. */
export type Shot = {
  kind: Kind;
  /** What is asked for in whole, well-formed requests, each of which is owed one answer. */
  asked: Asked[];
  bytes: Buffer;
  ending: Ending;
  /** Whether the server may give up the connection without an answer: what came is no request, or too much. */
  mayBeDropped: boolean;
};

export type Asked = { method: string; target: string };

/** Who sends requests, and what exists that they can name. */
export type Sender = { cookie: string; known: Drawing['known'] };

/** Every kind of shot; they take turns. */
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

/** With it the server closes the connection after its answer, so that the end of the answer is the end. */
export const CLOSE: [string, string] = ['Connection', 'close'];
