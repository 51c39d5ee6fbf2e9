import fc, { type Arbitrary } from 'fast-check';
import { type Request, toBytes } from './draft.ts';
import { CLOSE, type Ending, type Shot } from './shot.ts';

/* Bytes that no library sends: half requests, floods of headers, several requests at once, and what is no HTTP. */

/** A request that ends in the middle of its head or body. Its client is gone, says that it is done, or waits. */
export function halfSent(requests: Arbitrary<Request>): Arbitrary<Shot> {
  const endings = fc.oneof(
    { weight: 30, arbitrary: fc.constant<Ending>('cut') },
    { weight: 10, arbitrary: fc.constant<Ending>('half-close') },
    { weight: 1, arbitrary: fc.constant<Ending>('wait') },
  );
  const shares = fc.double({ min: 0, max: 1, noNaN: true });
  return fc.tuple(requests, shares, endings).map(([request, share, ending]) => {
    const bytes = toBytes(request);
    const cut = bytes.subarray(0, Math.min(Math.floor(bytes.length * share), bytes.length - 1));
    return { kind: 'half-sent', asked: [], bytes: cut, ending, mayBeDropped: true };
  });
}

/** Requests with many, large or repeated headers: about as much as is allowed, and more. */
export function floods(requests: Arbitrary<Request>): Arbitrary<Shot> {
  const many = fc
    .constantFrom(100, 700, 1_900, 2_100, 5_000)
    .map((count) => Array.from({ length: count }, (_, n): [string, string] => [`x-${n}`, '']));
  const large = fc
    .tuple(
      fc.constantFrom('Cookie', 'X-Account', 'Idempotency-Key', 'X-Other'),
      fc.constantFrom(8_000, 16_000, 70_000),
    )
    .map(([name, length]): [string, string][] => [[name, 'x'.repeat(length)]]);
  const repeated = fc
    .constantFrom('Cookie', 'X-Account', 'Idempotency-Key', 'Accept', 'X-Forwarded-For', 'Origin')
    .map((name) => Array.from({ length: 50 }, (): [string, string] => [name, 'a, b']));
  return fc.tuple(requests, fc.oneof(many, large, repeated)).map(([request, headers]) => ({
    kind: 'header flood',
    asked: [{ method: request.method, target: request.target }],
    bytes: toBytes({ ...request, headers: [...request.headers, ...headers, CLOSE] }),
    ending: 'wait',
    // The server stops reading when it has had enough. Because of the unread rest the system may drop its answer.
    mayBeDropped: true,
  }));
}

/** Two to twelve requests at once over one connection. The last one asks to close it. */
export const pipelines = (requests: Arbitrary<Request>): Arbitrary<Shot> =>
  fc.array(requests, { minLength: 2, maxLength: 12 }).map((several) => {
    const last = several.length - 1;
    const closing = several.map((each, n) =>
      n < last ? each : { ...each, headers: [...each.headers, CLOSE] },
    );
    return {
      kind: 'pipelining',
      asked: several.map(({ method, target }) => ({ method, target })),
      bytes: Buffer.concat(closing.map(toBytes)),
      ending: 'wait',
      mayBeDropped: false,
    };
  });

const HOST = 'Host: localhost\r\n';
const POST = `POST /api/session HTTP/1.1\r\n${HOST}`;
/** Bytes that are no HTTP/1.1, or almost. */
export const GARBAGE = [
  '\r\n\r\n',
  'GET\r\n\r\n',
  'GET /healthz\r\n\r\n',
  'GET /healthz HTTP/1.0\r\n\r\n',
  `GET /healthz HTTP/0.9\r\n${HOST}\r\n`,
  `GET /healthz HTTP/2.0\r\n${HOST}\r\n`,
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', // a TLS handshake
  'GET /healthz HTTP/1.1\r\n\r\n',
  `GET /healthz HTTP/1.1\r\n${HOST}${HOST}\r\n`,
  `GET  /healthz HTTP/1.1\r\n${HOST}\r\n`,
  `get /healthz HTTP/1.1\r\n${HOST}\r\n`,
  `GET /healthz HTTP/1.1\n${HOST}\n`,
  `GET /api/a\0b HTTP/1.1\r\n${HOST}\r\n`,
  `GET /api/users/\xff\xfe HTTP/1.1\r\n${HOST}\r\n`,
  `GET healthz HTTP/1.1\r\n${HOST}\r\n`,
  `GET * HTTP/1.1\r\n${HOST}\r\n`,
  `OPTIONS * HTTP/1.1\r\n${HOST}\r\n`,
  `GET http://localhost/healthz HTTP/1.1\r\n${HOST}\r\n`,
  `GET http://evil.example/api/accounts HTTP/1.1\r\n${HOST}\r\n`,
  `GET http:// HTTP/1.1\r\n${HOST}\r\n`,
  `GET //evil.example/api/accounts HTTP/1.1\r\n${HOST}\r\n`,
  `GET /api/\\..\\accounts HTTP/1.1\r\n${HOST}\r\n`,
  'CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n',
  `GET /api/stream HTTP/1.1\r\n${HOST}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
  `GET /healthz HTTP/1.1\r\n${HOST} folded: header\r\n\r\n`,
  `GET /healthz HTTP/1.1\r\n${HOST}No colon\r\n\r\n`,
  `GET /healthz HTTP/1.1\r\n${HOST}: no name\r\n\r\n`,
  `GET /healthz HTTP/1.1\r\n${HOST}A b: c\r\n\r\n`,
  `GET /healthz HTTP/1.1\r\n${HOST}A: b\0c\r\n\r\n`,
  `${POST}Content-Length: -1\r\n\r\n{}`,
  `${POST}Content-Length: x\r\n\r\n{}`,
  `${POST}Content-Length: 1e1\r\n\r\n{}`,
  `${POST}Content-Length: 99999999999999999999\r\n\r\n{}`,
  `${POST}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`,
  `${POST}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /api/smuggled HTTP/1.1\r\n${HOST}\r\n`,
  `${POST}Transfer-Encoding: chunked, identity\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
  `${POST}Transfer-Encoding: xchunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
  `${POST}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`,
  `${POST}Transfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n`,
  `${POST}Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{}\r\n0\r\n\r\n`,
  `${POST}Transfer-Encoding: chunked\r\n\r\n2;${'x'.repeat(20_000)}\r\n{}\r\n0\r\n\r\n`,
  `${POST}Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX-Trailer: ${'x'.repeat(20_000)}\r\n\r\n`,
  `${POST}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n${'1\r\n \r\n'.repeat(3_000)}0\r\n\r\n`,
];

/**
 * Bytes that are no HTTP/1.1, or almost, and requests with one changed byte. Any answer is right except an error of
 * ours.
 */
export function notHttp(requests: Arbitrary<Request>): Arbitrary<Shot> {
  const changed = fc.tuple(requests, fc.nat(), fc.nat(255)).map(([request, at, byte]) => {
    const bytes = toBytes({ ...request, headers: [...request.headers, CLOSE] });
    bytes[at % bytes.length] = byte;
    return bytes;
  });
  const noise = fc.uint8Array({ minLength: 1, maxLength: 200 }).map((bytes) => Buffer.from(bytes));
  const garbage = fc.constantFrom(...GARBAGE).map((text) => Buffer.from(text, 'latin1'));
  return fc
    .oneof({ weight: 3, arbitrary: garbage }, { weight: 2, arbitrary: changed }, noise)
    .map((bytes) => ({
      kind: 'not HTTP',
      asked: [],
      bytes,
      ending: 'half-close',
      mayBeDropped: true,
    }));
}
