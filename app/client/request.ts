import type { Problem } from '#app/contract.ts';

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

export type Call = {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** The acting account's handle; without it the server takes the one signed in last. */
  account?: string;
  body?: unknown;
  idempotencyKey?: string;
  signal?: AbortSignal;
  /** Milliseconds until the answer counts as lost; 15 s unless told. */
  patienceMs?: number;
};

/** Longer than the server's own deadlines: one query has 3 s, a broker 2 s, and a page makes several. */
const PATIENCE = 15_000;

/** Calls the HTTP interface and parses its answer. Throws {@link ProblemError} or {@link LostAnswer}. */
export async function request<T>(path: string, call: Call = {}): Promise<T> {
  try {
    const response = await send(path, call);
    if (!response.ok) throw await readProblem(response);
    if (response.status === 204) return undefined as T;
    return await response.json();
  } catch (cause) {
    if (call.signal?.aborted || cause instanceof ProblemError) throw cause;
    throw new LostAnswer('The server did not answer', { cause });
  }
}

function send(path: string, call: Call): Promise<Response> {
  const { method = 'GET', account, body, idempotencyKey, signal, patienceMs = PATIENCE } = call;
  const headers = new Headers({ accept: 'application/json' });
  if (account) headers.set('X-Account', account);
  if (idempotencyKey) headers.set('Idempotency-Key', idempotencyKey);
  if (body !== undefined) headers.set('Content-Type', 'application/json');
  const late = AbortSignal.timeout(patienceMs);
  const init: RequestInit = {
    ...{ method, headers, cache: 'no-store' },
    signal: signal ? AbortSignal.any([signal, late]) : late,
  };
  if (body !== undefined) init.body = JSON.stringify(body);
  return fetch(path, init);
}

async function readProblem(response: Response): Promise<ProblemError> {
  const fallback: Problem = {
    type: 'about:blank',
    title: response.statusText || `Error ${response.status}`,
    status: response.status,
    detail: `The server answered ${response.status}`,
  };
  const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json');
  const problem: Problem = isProblem ? await response.json().catch(() => fallback) : fallback;
  return new ProblemError(problem, retryAfterMs(response.headers.get('retry-after')));
}

function retryAfterMs(value: string | null): number | null {
  if (value === null) return null;
  const seconds = Number(value);
  return Number.isFinite(seconds) ? seconds * 1_000 : Math.max(0, Date.parse(value) - Date.now()) || null;
}
