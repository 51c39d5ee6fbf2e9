import type { z } from 'zod';
import type { problem } from '#api/schemas/common.ts';

/** Every kind of refusal; each has a page at `/problems/{kind}` that its problem document's `type` points to. */
export const PROBLEMS = {
  validation: { status: 400, title: 'Some of this is not as expected' },
  'malformed-json': { status: 400, title: 'The body is not JSON' },
  'malformed-request': { status: 400, title: 'The request is not HTTP' },
  'idempotency-key-missing': { status: 400, title: 'The Idempotency-Key header is missing' },
  unauthorized: { status: 401, title: 'No account is signed in' },
  forbidden: { status: 403, title: 'This session does not hold that account' },
  'operators-only': { status: 403, title: 'Only an operator may do this' },
  'foreign-origin': { status: 403, title: 'The request comes from another site' },
  'lab-elsewhere': { status: 403, title: 'The lab is used from its own machine' },
  'not-found': { status: 404, title: 'There is no such thing' },
  'lab-off': { status: 404, title: 'The lab is off' },
  'method-not-allowed': { status: 405, title: 'This address does not take that method' },
  'too-slow': { status: 408, title: 'The request did not arrive in time' },
  'idempotency-in-progress': { status: 409, title: 'The same request is being answered right now' },
  'over-quota': { status: 409, title: 'This account has as many as it may' },
  'too-late': { status: 409, title: 'It has begun already' },
  'lab-busy': { status: 409, title: 'Something else is broken or runs' },
  'not-embedded': { status: 409, title: 'That server is not ours to break' },
  'not-installed': { status: 409, title: 'A server that this needs is not installed' },
  'not-finished': { status: 409, title: 'The delivery is not finished' },
  'not-kept': { status: 410, title: 'What this needs is no longer kept' },
  'too-large': { status: 413, title: 'The body is too large' },
  'foreign-host': { status: 421, title: 'This server does not go by that name' },
  'idempotency-mismatch': { status: 422, title: 'The key was used for another body' },
  'over-share': { status: 429, title: 'This session or address has its share of streams' },
  'over-audits': { status: 429, title: 'This account or address asks for too many audits' },
  'over-rate': { status: 429, title: 'This account does this too often' },
  'headers-too-large': { status: 431, title: 'The headers are too large' },
  internal: { status: 500, title: 'A mistake of ours' },
  'over-capacity': { status: 503, title: 'The system is full' },
  'too-busy': { status: 503, title: 'This web process is busy' },
  'too-many-streams': { status: 503, title: 'This web process carries no more streams' },
  unavailable: { status: 503, title: 'A server that this needs is away' },
} as const;

export type ProblemKind = keyof typeof PROBLEMS;

export type Problem = z.infer<typeof problem>;

type Extras = {
  errors?: { field: string; message: string }[];
  headers?: Record<string, string>;
  /** The trace of the call, so that somebody can look for it in the log and among the traces. */
  traceId?: string | undefined;
  /** Further members of the problem document, by their names. */
  figures?: Record<string, number>;
};

/** Thrown anywhere behind an endpoint: becomes an `application/problem+json` answer (RFC 9457). */
export class Refusal extends Error {
  override name = 'Refusal';
  constructor(
    readonly kind: ProblemKind,
    readonly detail: string,
    readonly extras: Extras = {},
  ) {
    super(detail);
  }

  get status(): number {
    return PROBLEMS[this.kind].status;
  }

  get headers(): Record<string, string> {
    return {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      ...this.extras.headers,
    };
  }

  /** The same, and which call it was the answer to. */
  of(traceId: string | undefined): Refusal {
    return traceId === undefined ? this : new Refusal(this.kind, this.detail, { ...this.extras, traceId });
  }

  /** The problem document, as text. */
  get body(): string {
    const { errors, figures, traceId } = this.extras;
    const document: Problem = {
      type: `/problems/${this.kind}`,
      ...{ title: PROBLEMS[this.kind].title, status: this.status, detail: this.detail },
      ...(errors && { errors }),
      ...figures,
      ...(traceId !== undefined && { traceId }),
    };
    return JSON.stringify(document);
  }

  toResponse(): Response {
    return new Response(this.body, { status: this.status, headers: this.headers });
  }
}

/** One field is wrong. */
export function invalidField(field: string, message: string): Refusal {
  return new Refusal('validation', `${field}: ${message}`, { errors: [{ field, message }] });
}

/** Several may be wrong, as a schema found them; `whole` names what has no field. */
export function invalidFields(issues: readonly z.core.$ZodIssue[], whole: string): Refusal {
  const errors = issues.map(({ path, message }) => ({ field: path.join('.') || whole, message }));
  const detail = errors.map(({ field, message }) => `${field}: ${message}`).join('; ');
  return new Refusal('validation', detail, { errors });
}

/** Another request with the same key is being answered. */
export const keyInProgress = (): Refusal =>
  new Refusal('idempotency-in-progress', 'This Idempotency-Key is being answered: ask again.', {
    headers: { 'retry-after': '1' },
  });

/** The key was used for something else. */
export const keyMismatch = (): Refusal =>
  new Refusal('idempotency-mismatch', 'This Idempotency-Key had another body: take a new key.');
