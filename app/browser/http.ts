import { type ClientResponse, hc } from 'hono/client';
import type { SuccessStatusCode } from 'hono/utils/http-status';
import type { ZodMiniType } from 'zod/mini';
import type { Api } from '#api/app.ts';
import type { Problem } from '#api/contract.ts';
import { SECOND } from '#core/durations.ts';
import { noteServerTime } from './server-clock.ts';
import { problem as problemShape } from './shapes.ts';

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

/** No answer came, or none that can be read. Whether the request took effect is unknown. */
export class LostAnswer extends Error {
  override name = 'LostAnswer';
}

/** This is longer than the server's own deadlines: a query has 3 s, a broker 2 s, and a page makes several. */
const PATIENCE = 15 * SECOND; // until an answer counts as lost

/** The HTTP interface, with the paths, bodies and answers that the server defines. */
export const openApi = (baseUrl = '/', patienceMs = PATIENCE) =>
  hc<Api>(baseUrl, {
    headers: { accept: 'application/json' },
    fetch: async (input: RequestInfo | URL, init?: RequestInit) => {
      const late = AbortSignal.timeout(patienceMs);
      const signal = init?.signal ? AbortSignal.any([init.signal, late]) : late;
      const response = await fetch(input, { ...init, cache: 'no-store', signal });
      noteServerTime(response);
      return response;
    },
  });

type Asked = ClientResponse<unknown, number, string>;

/** What the interface answers when it succeeds. */
type Success<R> =
  R extends ClientResponse<infer Body, infer Status, string>
    ? Status extends SuccessStatusCode
      ? Body
      : never
    : never;

/** The shape of one of these answers. Any other shape does not compile. */
type ShapeOf<R, T> = [Extract<Success<R>, T>] extends [never] ? never : ZodMiniType<T>;

/**
 * What was asked for, checked against its shape. Throws {@link ProblemError} or {@link LostAnswer}. When the owner of
 * `signal` gave up, it throws the reason of `signal`. An answer of another shape counts as lost: it cannot be read.
 */
export async function answer<R extends Asked, T>(
  asked: Promise<R>,
  shape: ZodMiniType<T> & ShapeOf<R, T>,
  signal?: AbortSignal,
): Promise<T> {
  return receive(asked, async (response) => shape.parse(await response.json()), signal);
}

/** Does the same as {@link answer}, for requests whose answer is empty. */
export async function done(asked: Promise<Asked>): Promise<void> {
  await receive(asked, async () => undefined);
}

async function receive<R extends Asked, T>(
  asked: Promise<R>,
  read: (response: R) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  try {
    const response = await asked;
    if (!response.ok) throw await readProblem(response);
    return await read(response);
  } catch (cause) {
    if (signal?.aborted || cause instanceof ProblemError) throw cause;
    throw new LostAnswer('The server did not answer', { cause });
  }
}

/** Reads a refusal. When it is no problem document, such as a proxy's error page, one is made of it. */
async function readProblem(response: Pick<Response, 'status' | 'statusText' | 'headers' | 'json'>) {
  const retryAfter = retryAfterMs(response.headers.get('retry-after'));
  const found = isProblem(response) ? problemShape.safeParse(await response.json().catch(() => null)) : null;
  if (found?.success) return new ProblemError(found.data, retryAfter);
  const unreadable: Problem = {
    type: 'about:blank',
    title: response.statusText || `Error ${response.status}`,
    status: response.status,
    detail: `The server answered ${response.status}`,
  };
  return new ProblemError(unreadable, retryAfter);
}

/** Whether it is a refusal of our own server, and not of a proxy in front of it. */
export const isProblem = ({ headers }: Pick<Response, 'headers'>): boolean =>
  headers.get('content-type')?.startsWith('application/problem+json') ?? false;

/** The milliseconds that a `Retry-After` header asks for; null without one, or with one that cannot be read. */
export function retryAfterMs(value: string | null): number | null {
  if (value === null) return null;
  const seconds = Number(value);
  return Number.isFinite(seconds) ? seconds * SECOND : Math.max(0, Date.parse(value) - Date.now()) || null;
}

/** What is wrong with each field of a form, by the field's name. What belongs to no field is under `form`. */
export type FieldProblems = Readonly<Record<string, string>>;

/** Puts each message of a refusal under its field. `fields` are those that the form has. */
export function fieldProblems(error: unknown, fields: readonly string[]): FieldProblems {
  if (!(error instanceof ProblemError)) return { form: 'The server did not answer. Try again.' };
  const { errors = [], detail } = error.problem;
  const known = errors.filter(({ field }) => fields.includes(field));
  if (known.length === 0) return { form: detail };
  return Object.fromEntries(known.map(({ field, message }) => [field, message]));
}

/** A refusal in one sentence, for places without a form. */
export const problemText = (error: unknown): string => fieldProblems(error, []).form ?? '';
