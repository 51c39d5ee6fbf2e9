import { connect } from 'node:net';
import type { Shot } from './shot.ts';

/** What came back over a connection, and how it ended. */
export type Received = { bytes: Buffer; ended: 'closed' | 'reset' | 'too late' | 'cut' };

/** One answer, parsed. */
export type Answer = {
  status: number;
  headers: Map<string, string>;
  body: Buffer;
  /** Whether everything came that the headers announced. */
  isWhole: boolean;
};

/**
 * Sends bytes over a connection of their own and reads until the server closes it. From a stream of events it reads
 * only the head. Never rejects.
 */
export function exchange(
  port: number,
  sent: Pick<Shot, 'bytes' | 'ending'>,
  patience: number,
): Promise<Received> {
  return new Promise((resolve) => {
    const pieces: Buffer[] = [];
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const end = (ended: Received['ended']) => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ bytes: Buffer.concat(pieces), ended });
    };
    const timer = setTimeout(() => end('too late'), patience);
    socket.on('error', () => end('reset'));
    socket.on('end', () => end('closed'));
    socket.on('close', () => end('closed'));
    socket.on('data', (piece) => {
      pieces.push(piece);
      if (isStream(pieces)) end('cut');
    });
    socket.write(sent.bytes, () => {
      if (sent.ending === 'cut') end('cut');
      if (sent.ending === 'half-close') socket.end();
    });
  });
}

const isStream = ([first]: Buffer[]): boolean =>
  /^HTTP\/1\.1 200 .*\r\ncontent-type: text\/event-stream/is.test(first?.toString('latin1') ?? '');

/**
 * Takes the answers out of what came. `methods` are those of the requests, in order, because a `HEAD` is answered
 * without a body. `rest` is what follows the last answer, or all of it when there is no answer.
 */
export function parseAnswers(bytes: Buffer, methods: string[]): { answers: Answer[]; rest: Buffer } {
  const answers: Answer[] = [];
  let rest = bytes;
  while (rest.length > 0) {
    const parsed = parseAnswer(rest, methods[answers.length] ?? 'GET');
    if (!parsed) break;
    rest = rest.subarray(parsed.end);
    if (parsed.answer.status >= 200) answers.push(parsed.answer); // 100 only asks to go on sending
  }
  return { answers, rest };
}

function parseAnswer(bytes: Buffer, method: string): { answer: Answer; end: number } | null {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd < 0) return null;
  const [statusLine = '', ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(statusLine)?.[1]);
  if (!status) return null;
  const headers = new Map(lines.map(splitHeader));
  const after = bytes.subarray(headEnd + 4);
  const body = bodyOf(after, { status, headers, method });
  return { answer: { status, headers, ...body }, end: headEnd + 4 + body.end };
}

function splitHeader(line: string): [string, string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}

type Body = { body: Buffer; isWhole: boolean; end: number };
type Head = { status: number; headers: Map<string, string>; method: string };

function bodyOf(after: Buffer, { status, headers, method }: Head): Body {
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304)
    return { body: Buffer.alloc(0), isWhole: true, end: 0 };
  if (headers.get('transfer-encoding') === 'chunked') return unchunk(after);
  // Without a length the body goes on until the connection ends.
  const length = Number(headers.get('content-length') ?? after.length);
  return { body: after.subarray(0, length), isWhole: after.length >= length, end: length };
}

function unchunk(after: Buffer): Body {
  const pieces: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = after.indexOf('\r\n', at);
    const size = lineEnd < 0 ? Number.NaN : Number.parseInt(after.toString('latin1', at, lineEnd), 16);
    const end = lineEnd + 2 + size + 2;
    const isWhole = size === 0;
    if (!(end <= after.length)) return { body: Buffer.concat(pieces), isWhole: false, end: after.length };
    if (isWhole) return { body: Buffer.concat(pieces), isWhole, end };
    pieces.push(after.subarray(lineEnd + 2, end - 2));
    at = end;
  }
}
