import { type ClientResponse, hc } from 'hono/client';
import type { SuccessStatusCode } from 'hono/utils/http-status';
import type { Api } from '#api/app.ts';
import type { Problem } from '#api/contract.ts';

/** The server answered with a problem document. */
export class ProblemError extends Error {
  override name = 'ProblemError';
  constructor(
    readonly problem: Problem,
    /** From `Retry-After`, null when the answer carried none. */
    readonly retryAfterMs: number | null,
  ) {
    super(problem.detail || problem.title);
  }
}

/** No answer came: whether the request took effect is unknown. */
export class LostAnswer extends Error {
  override name = 'LostAnswer';
}

/** Longer than the server's own deadlines: one query has 3 s, a broker 2 s, and a page makes several. */
const PATIENCE = 15_000; // ms until an answer counts as lost

/** The HTTP interface, with the paths, bodies and answers of its own definition. */
export const openApi = (baseUrl = '/', patienceMs = PATIENCE) =>
  hc<Api>(baseUrl, {
    headers: { accept: 'application/json' },
    fetch: (input: RequestInfo | URL, init?: RequestInit) => {
      const late = AbortSignal.timeout(patienceMs);
      const signal = init?.signal ? AbortSignal.any([init.signal, late]) : late;
      return fetch(input, { ...init, cache: 'no-store', signal });
    },
  });

/** What the interface answers with success. */
type Success<R> =
  R extends ClientResponse<infer Body, infer Status, string>
    ? Status extends SuccessStatusCode
      ? Body
      : never
    : never;

/**
 * What was asked for. Throws {@link ProblemError} or {@link LostAnswer}, and the reason of `signal` when its owner gave
 * up.
 */
export async function answer<R extends ClientResponse<unknown, number, string>>(
  asked: Promise<R>,
  signal?: AbortSignal,
): Promise<Success<R>> {
  try {
    const response = await asked;
    if (!response.ok) throw await readProblem(response);
    return (response.status === 204 ? null : await response.json()) as Success<R>;
  } catch (cause) {
    if (signal?.aborted || cause instanceof ProblemError) throw cause;
    throw new LostAnswer('The server did not answer', { cause });
  }
}

/** As {@link answer}, for what answers nothing. */
export async function done(asked: Promise<ClientResponse<unknown, number, string>>): Promise<void> {
  await answer(asked);
}

async function readProblem(response: ClientResponse<unknown, number, string>): Promise<ProblemError> {
  const fallback: Problem = {
    type: 'about:blank',
    title: response.statusText || `Error ${response.status}`,
    status: response.status,
    detail: `The server answered ${response.status}`,
  };
  const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json');
  const problem = isProblem ? ((await response.json().catch(() => fallback)) as Problem) : fallback;
  return new ProblemError(problem, retryAfterMs(response.headers.get('retry-after')));
}

function retryAfterMs(value: string | null): number | null {
  if (value === null) return null;
  const seconds = Number(value);
  return Number.isFinite(seconds) ? seconds * 1_000 : Math.max(0, Date.parse(value) - Date.now()) || null;
}

/** What is wrong with each field of a form, by its name; what belongs to no field is under `form`. */
export type FieldProblems = Readonly<Record<string, string>>;

/** Takes a refusal apart, so that each part of it stands at its field. `fields` are those that the form has. */
export function fieldProblems(error: unknown, fields: readonly string[]): FieldProblems {
  if (!(error instanceof ProblemError)) return { form: 'The server did not answer. Try again.' };
  const { errors = [], detail } = error.problem;
  const known = errors.filter(({ field }) => fields.includes(field));
  if (known.length === 0) return { form: detail };
  return Object.fromEntries(known.map(({ field, message }) => [field, message]));
}
