import 'server-only';
import type { Problem } from '#app/contract.ts';

/** Every kind of refusal; each has a page at `/problems/{kind}` that its problem document's `type` points to. */
export const PROBLEMS = {
  validation: { status: 400, title: 'Some of this is not as expected' },
  'malformed-json': { status: 400, title: 'The body is not JSON' },
  'idempotency-key-missing': { status: 400, title: 'The Idempotency-Key header is missing' },
  unauthorized: { status: 401, title: 'No account is signed in' },
  forbidden: { status: 403, title: 'This session does not hold that account' },
  'foreign-origin': { status: 403, title: 'The request comes from another site' },
  'not-found': { status: 404, title: 'There is no such thing' },
  'idempotency-in-progress': { status: 409, title: 'The same request is being answered right now' },
  'too-late': { status: 409, title: 'It has begun already' },
  'not-finished': { status: 409, title: 'The delivery is not finished' },
  'too-large': { status: 413, title: 'The body is too large' },
  'idempotency-mismatch': { status: 422, title: 'The key was used for another body' },
  'over-rate': { status: 429, title: 'This account posts too fast' },
  'over-capacity': { status: 503, title: 'The system is full' },
  'too-busy': { status: 503, title: 'This web process is busy' },
  'too-many-streams': { status: 503, title: 'This web process carries no more streams' },
  unavailable: { status: 503, title: 'A server that this needs is away' },
} as const;

export type ProblemKind = keyof typeof PROBLEMS;

type Extras = {
  errors?: Problem['errors'];
  headers?: Record<string, string>;
  /** Further members of the problem document, by their names. */
  figures?: Record<string, number>;
};

/** Thrown anywhere behind a route: becomes an `application/problem+json` answer (RFC 9457). */
export class Refusal extends Error {
  override name = 'Refusal';
  constructor(
    readonly kind: ProblemKind,
    readonly detail: string,
    readonly extras: Extras = {},
  ) {
    super(detail);
  }

  toResponse(): Response {
    const { status, title } = PROBLEMS[this.kind];
    const { errors, headers, figures } = this.extras;
    const problem: Problem = {
      type: `/problems/${this.kind}`,
      title,
      status,
      detail: this.detail,
      ...(errors && { errors }),
      ...figures,
    };
    return new Response(JSON.stringify(problem), {
      status,
      headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store', ...headers },
    });
  }
}

/** One field is wrong. */
export function invalidField(field: string, message: string): Refusal {
  return new Refusal('validation', `${field}: ${message}`, { errors: [{ field, message }] });
}
