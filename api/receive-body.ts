import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { Refusal } from '#api/problem.ts';
import { SECOND } from '#core/durations.ts';

/** A request's body as text, or why it could not be taken. */
export type ReceivedBody =
  | { kind: 'text'; text: string }
  | { kind: 'not UTF-8'; text?: never }
  | { kind: 'too large'; maxBytes: number; text?: never };

/** A tweet of 280 emoji families is about 8 KB of JSON. */
export const MAX_BYTES = 16 * 1024;
/** From the headers to the last byte. */
const PATIENCE = 5 * SECOND;
/** Up to so much longer, at random: five hundred bodies that began together must not all be refused at the same moment. */
const SPREAD = 0.2;

type Bounds = { patience?: number; maxBytes?: number };

/**
 * Reads a body of at most `maxBytes`, for 5 to 6 s. A client that sends one byte a second holds up no other: the
 * request takes its place among those in flight only afterwards. Throws a {@link Refusal} `too-slow`.
 */
export function receiveBody(
  incoming: IncomingMessage,
  { patience = PATIENCE, maxBytes = MAX_BYTES }: Bounds = {},
): Promise<ReceivedBody> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let bytes = 0;
    const settle = (how: () => void) => {
      clearTimeout(timer);
      incoming.off('data', take).off('end', finish).off('error', fail).off('close', fail);
      how();
    };
    const take = (piece: Buffer) => {
      bytes += piece.byteLength;
      if (bytes <= maxBytes) pieces.push(piece);
      else settle(() => resolve({ kind: 'too large', maxBytes }));
    };
    const finish = () => settle(() => resolve(read(Buffer.concat(pieces))));
    const fail = () =>
      settle(() => reject(tooSlow('The connection was closed before the body was complete')));
    const timer = setTimeout(
      () => settle(() => reject(tooSlow(`body: expected all of it within ${patience / 1_000} s`))),
      patience * (1 + SPREAD * Math.random()),
    );
    incoming.on('data', take).on('end', finish).on('error', fail).on('close', fail);
  });
}

/** Refuses what is not UTF-8. `toString` would replace it by question marks, in a tweet for example. */
const read = (bytes: Buffer): ReceivedBody =>
  isUtf8(bytes) ? { kind: 'text', text: bytes.toString('utf8') } : { kind: 'not UTF-8' };

/** The connection ends with the answer, so that nobody waits for the rest of such a body. */
const tooSlow = (detail: string) => new Refusal('too-slow', detail, { headers: { connection: 'close' } });
