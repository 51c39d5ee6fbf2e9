import { brotliCompressSync, gzipSync } from 'node:zlib';
import fc, { type Arbitrary } from 'fast-check';
import { type Draft, type Field, type Request, toRequest } from './draft.ts';
import { anyMember, deepJson, WRONG_BODIES } from './hostile-values.ts';
import { CLOSE, type Sender } from './shot.ts';

/* Requests that are whole and well-formed as HTTP, with something in them that no endpoint wants. */

/** The same request with one of its fields spoilt, whichever. */
export const spoilt = (
  drafts: Arbitrary<Draft>,
  spoil: (field: Field) => Arbitrary<Field>,
): Arbitrary<Draft> =>
  drafts
    .filter(({ fields }) => fields.length > 0)
    .chain(({ operation, fields }) =>
      fc.constantFrom(...fields).chain((field) =>
        spoil(field).map((other) => ({
          operation,
          fields: fields.map((each) => (each === field ? other : each)),
        })),
      ),
    );

type ToRequest = (draft: Draft) => Request;

/** Members of other types, too many or too few, and bodies that are no JSON or no object. */
export function wrongType(bodies: Arbitrary<Draft>, requestOf: ToRequest): Arbitrary<Request> {
  const bodyOf = (of: Arbitrary<string>) =>
    fc.tuple(bodies, of).map(([each, text]) => ({ ...requestOf(each), body: Buffer.from(text) }));
  const further = fc.tuple(bodies, fc.string({ maxLength: 8 }), fc.json()).map(([each, name, text]) => ({
    ...each,
    fields: [...each.fields, { name, in: 'body' as const, text }],
  }));
  const fewer = bodies.map((each) => ({ ...each, fields: each.fields.slice(0, -1) }));
  return fc.oneof(
    spoilt(bodies, anyMember).map(requestOf),
    bodyOf(fc.constantFrom(...WRONG_BODIES)),
    bodyOf(fc.json()),
    further.map(requestOf),
    fewer.map(requestOf),
  );
}

/** A bare NUL among the bytes of a body, where JSON allows none. */
export const bareNul = (requests: Arbitrary<Request>): Arbitrary<Request> =>
  fc.tuple(requests, fc.nat()).map(([request, at]) => {
    const cut = at % (request.body.length + 1);
    return {
      ...request,
      body: Buffer.concat([request.body.subarray(0, cut), Buffer.from([0]), request.body.subarray(cut)]),
    };
  });

/** A body, or each of its members, that nests deeper than a recursive reader can follow. */
export const deep = (bodies: Arbitrary<Draft>, requestOf: ToRequest): Arbitrary<Request> =>
  fc.oneof(
    fc.tuple(bodies, deepJson).map(([each, text]) => ({ ...requestOf(each), body: Buffer.from(text) })),
    fc
      .tuple(bodies, deepJson)
      .filter(([{ fields }]) => fields.some((field) => field.in === 'body'))
      .map(([{ operation, fields }, text]) =>
        requestOf({
          operation,
          fields: fields.map((each) => (each.in === 'body' ? { ...each, text } : each)),
        }),
      ),
  );

const CHARSETS = ['utf-8', 'utf-16', 'utf-16le', 'latin1', 'shift_jis', 'utf-7', 'no-such-charset', '"', ''];
const TYPES = ['text/plain', 'multipart/form-data; boundary=x', 'application/x-www-form-urlencoded', 'x', ''];
const CODINGS = ['gzip', 'br', 'deflate', 'identity', 'compress', 'gzip, gzip, gzip', 'no-such-coding', ''];

/** Requests whose bodies are not what their headers say, or not UTF-8. */
export function wrongEncoding(requests: Arbitrary<Request>): Arbitrary<Request> {
  const encode = fc.constantFrom<(body: Buffer) => Buffer>(
    (body) => body,
    (body) => gzipSync(body),
    (body) => brotliCompressSync(body),
    (body) => Buffer.from(body.toString(), 'utf16le'),
    (body) => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), body]),
    (body) => Buffer.concat([Buffer.from([0xfe, 0xff]), body]),
    (body) => Buffer.from(body.map((byte, at) => (at > 1 && at % 5 === 0 ? 0xff : byte))),
    // An overlong sequence, half of a surrogate pair, and one that is cut off. None of them is a letter.
    (body) => Buffer.from(body.toString('latin1').replace('a', '\xc0\xaf'), 'latin1'),
    (body) => Buffer.from(body.toString('latin1').replace('e', '\xed\xa0\x80'), 'latin1'),
    (body) => Buffer.from(body.toString('latin1').replace('"}', '\xf0\x9f"}'), 'latin1'),
  );
  const header = fc.oneof(
    fc.constantFrom(...CODINGS).map((coding): [string, string] => ['Content-Encoding', coding]),
    fc
      .constantFrom(...CHARSETS)
      .map((set): [string, string] => ['Content-Type', `application/json; charset=${set}`]),
    fc.constantFrom(...TYPES).map((type): [string, string] => ['Content-Type', type]),
  );
  return fc.tuple(requests, encode, header).map(([request, recode, said]) => ({
    ...request,
    headers: [...request.headers, said],
    body: recode(request.body),
  }));
}

const HOSTS = [
  ...['evil.example', 'localhost.evil.example', 'localhost@evil.example'],
  ...['127.0.0.1', '[::1]:80', '', 'a b'],
];

/** Headers that say who asks, from where, and how. */
const MARKS: [string, string][] = [
  ['Sec-Fetch-Site', 'cross-site'],
  ['Sec-Fetch-Site', ''],
  ['Origin', 'http://evil.example'],
  ['Origin', 'null'],
  ['Origin', 'http://'],
  ['X-Forwarded-For', '1.2.3.4, 5.6.7.8'],
  ['X-Forwarded-Host', 'evil.example'],
  ['X-HTTP-Method-Override', 'DELETE'],
  ['Expect', '100-continue'],
  ['Expect', 'the unexpected'],
  ['Range', 'bytes=0-0'],
  ['If-None-Match', '*'],
  ['Accept', 'text/html'],
  ['Accept-Encoding', 'br, gzip'],
  ['TE', 'trailers'],
  ['Upgrade-Insecure-Requests', '1'],
  ['Last-Event-ID', '-1'],
  ['X-Account', 'nobody'],
];

/** Requests from nobody, with a forged session, from another site, or under another name of this server. */
export function strange(each: Draft, { cookie }: Sender): Arbitrary<Request> {
  const forged = `${cookie.slice(0, -3)}AAA`;
  const cookies = ['session=', 'session=a.b.c', forged, `${cookie}; ${cookie}`, 'session=%00', 'x'];
  const heads = fc.tuple(
    fc.option(fc.constantFrom(...HOSTS), { nil: 'localhost' }),
    fc.option(fc.constantFrom(...cookies), { nil: cookie }),
    fc.subarray(MARKS, { maxLength: 3 }),
  );
  return heads.map(([host, sent, said]) =>
    toRequest(each, [['Host', host], ['Cookie', sent], ...said, CLOSE]),
  );
}

/** Methods. Most paths take only a few of them. */
export const METHODS = 'GET HEAD POST PUT PATCH DELETE OPTIONS TRACE PROPFIND PURGE QUERY'.split(' ');

/** Paths that do not exist, or are written in another way. */
export const PATHS = [
  ...'/api /api/ /api/nothing /api/tweets/ /API/tweets /api//tweets /api/./tweets /api/%74weets'.split(' '),
  ...'/api/tweets/../queue /api/tweets/%2e%2e/queue /api/tweets?a[b]=c&a=1&a=2 /api/queue?%'.split(' '),
  ...'/healthz/x /metrics?x=%00 /docs/ /docs/nothing.js /docs/..%2f..%2fpackage.json'.split(' '),
  ...'/api/users/%2e%2e /api/users/. /api/openapi.json /api/users/a;b=c /api/users/a%2fb'.split(' '),
  ...['/api/tasks/1/file/x', `/api/${'x'.repeat(3_000)}`],
];

/** Methods that a path does not take, paths that do not exist, and paths in another spelling. */
export const wrongPath = (requests: Arbitrary<Request>): Arbitrary<Request> =>
  fc.oneof(
    requests.map((request) => (request.method === 'GET' ? { ...request, method: 'HEAD' } : request)),
    fc.tuple(requests, fc.constantFrom(...METHODS)).map(([request, method]) => ({ ...request, method })),
    fc.tuple(requests, fc.constantFrom(...PATHS)).map(([request, target]) => ({ ...request, target })),
    fc
      .tuple(requests, fc.constantFrom('/', '?', '?limit=1&limit=x', '#x', '/../..', '%20'))
      .map(([request, more]) => ({
        ...request,
        target: request.target + more,
      })),
  );
