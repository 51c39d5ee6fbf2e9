import fc, { type Arbitrary } from 'fast-check';
import { Random } from '#lab/harness/random.ts';
import type { ApiDocument, Operation } from './api-document.ts';
import { type Draft, draft, type Request, toBytes, toRequest } from './draft.ts';
import { borderline, type Drawing, valid } from './from-schema.ts';
import { hostile, withNul } from './hostile-values.ts';
import { CLOSE, KINDS, type Kind, type Sender, type Shot } from './shot.ts';
import { floods, halfSent, notHttp, pipelines } from './transports.ts';
import { bareNul, deep, spoilt, strange, wrongEncoding, wrongPath, wrongType } from './wrong-requests.ts';

/** Draws shots of every kind from the document. The same seed, number and sender give the same bytes. */
export class Shots {
  readonly #arbitraries: Record<Kind, Arbitrary<Shot>>;

  constructor(document: ApiDocument, sender: Sender) {
    this.#arbitraries = arbitraries(document, sender);
  }

  /** Draws a shot. The kinds take turns by number. */
  draw(seed: number, number: number): Shot {
    const kind = KINDS[number % KINDS.length] ?? 'valid';
    const [shot] = fc.sample(this.#arbitraries[kind], { seed: seedOf(seed, number), numRuns: 1 });
    if (!shot) throw new Error(`Expected a shot of kind ${kind}, got none`);
    return shot;
  }
}

/** Mixes seed and number, because the generator's first draws are similar for similar seeds. */
const seedOf = (seed: number, number: number): number =>
  new Random(seed + Math.imul(number, 0x9e3779b1)).between(0, 2 ** 31 - 1);

function arbitraries(document: ApiDocument, sender: Sender): Record<Kind, Arbitrary<Shot>> {
  const ofAny = (operations: Operation[], drawing: Drawing) =>
    fc.oneof(
      ...operations.map((operation) => ({
        weight: weightOf(operation),
        arbitrary: draft(operation, drawing),
      })),
    );
  const { operations } = document;
  const withBody = operations.filter(({ body }) => body);
  const good = valid(sender.known);
  const drafts = ofAny(operations, good);
  const bodies = ofAny(withBody, good);
  const whole = ofAny(
    operations.filter(({ path }) => path !== '/api/stream'),
    good,
  ).map((each) => toRequest(each, headersOf(sender)));
  const requestOf = (each: Draft) => toRequest(each, [...headersOf(sender), CLOSE]);
  const single = (kind: Kind) => (request: Request) => shotOf(kind, request);
  return {
    valid: drafts.map(requestOf).map(single('valid')),
    borderline: ofAny(operations, borderline(sender.known)).map(requestOf).map(single('borderline')),
    'hostile value': spoilt(drafts, hostile).map(requestOf).map(single('hostile value')),
    'wrong type': wrongType(bodies, requestOf).map(single('wrong type')),
    NUL: fc.oneof(spoilt(drafts, withNul).map(requestOf), bareNul(bodies.map(requestOf))).map(single('NUL')),
    'deep JSON': deep(bodies, requestOf).map(single('deep JSON')),
    'wrong encoding': wrongEncoding(bodies.map(requestOf)).map(single('wrong encoding')),
    'nobody or somebody else': drafts
      .chain((each) => strange(each, sender))
      .map(single('nobody or somebody else')),
    'wrong path or method': wrongPath(drafts.map(requestOf)).map(single('wrong path or method')),
    'half-sent': halfSent(
      fc.oneof(
        whole,
        bodies.map((each) => toRequest(each, headersOf(sender))),
      ),
    ),
    'header flood': floods(whole),
    pipelining: pipelines(whole),
    'not HTTP': notHttp(whole),
  };
}

/**
 * Operations with a body are drawn more often, because more can be wrong in them. Posting is drawn most, because most
 * of the promises are about it.
 */
const weightOf = ({ method, path, body }: Operation): number =>
  (body ? 2 : 1) * (method === 'POST' && path === '/api/tweets' ? 5 : 1);

const headersOf = ({ cookie }: Sender): [string, string][] => [
  ['Host', 'localhost'],
  ['Cookie', cookie],
];

/** A shot of one whole request, which is owed one answer. */
function shotOf(kind: Kind, request: Request): Shot {
  const { method, target, body } = request;
  const mayBeDropped = body.length > READ;
  return { kind, asked: [{ method, target }], bytes: toBytes(request), ending: 'wait', mayBeDropped };
}

/** The server may leave the rest of a larger body unread. Then the system may drop the answer with the connection. */
const READ = 16 * 1024; // bytes
