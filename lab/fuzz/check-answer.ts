import { z } from 'zod';
import { PROBLEMS, type ProblemKind } from '#api/problem.ts';
import { SECURITY_HEADERS } from '#api/security-headers.ts';
import { type ApiDocument, type Operation, operationOf } from './api-document.ts';
import { type Answer, parseAnswers, type Received } from './exchange.ts';
import type { Asked, Shot } from './shot.ts';

/** The answers to one shot, and everything in them that should not be. */
export type Verdict = { answers: Answer[]; findings: string[] };

/**
 * Checks what came back for a shot. Each whole request must have one answer, and each answer must be in the document.
 */
export function checkReceived(document: ApiDocument, shot: Shot, { bytes, ended }: Received): Verdict {
  const { asked, mayBeDropped } = shot;
  const methods = asked.map(({ method }) => method);
  const { answers, rest } = parseAnswers(bytes, methods);
  const findings = answers.flatMap((answer, n) => checkAnswer(document, asked[n], answer));
  if (rest.length > 0)
    findings.push(`bytes that are no answer: ${JSON.stringify(rest.toString('latin1', 0, 80))}`);
  if (ended === 'too late')
    findings.push('the connection was neither answered to its end nor closed in time');
  else if (!mayBeDropped && answers.length !== asked.length)
    findings.push(`expected ${asked.length} answers, got ${answers.length}; the connection was ${ended}`);
  return { answers, findings };
}

/** Lists what in an answer is not in the document. `asked` is undefined when no whole request was sent. */
export function checkAnswer(document: ApiDocument, asked: Asked | undefined, answer: Answer): string[] {
  const missing = Object.keys(SECURITY_HEADERS).filter((name) => !answer.headers.has(name.toLowerCase()));
  const findings = missing.map((name) => `${answer.status} without ${name}`);
  const wrong = wrongIn(document, asked, answer);
  return wrong === null ? findings : [...findings, `${answer.status} ${wrong}`];
}

function wrongIn(document: ApiDocument, asked: Asked | undefined, answer: Answer): string | null {
  if (typeOf(answer) === 'application/problem+json')
    return asked?.method === 'HEAD'
      ? wrongInHead(document, asked, answer)
      : wrongInProblem(document, asked, answer);
  if (answer.status >= 500 && answer.status !== 503) return 'is a mistake of ours';
  // One changed byte may have turned it into any request, also one for a page.
  if (!asked || !isOfApi(asked.target)) return null;
  if (asked.method === 'OPTIONS')
    return answer.status === 204 && answer.headers.has('allow') ? null : OUTSIDE;
  const operation = operationOf(document, asked.method, asked.target);
  return operation ? wrongInOperation(operation, asked, answer) : wrongWithoutOperation(asked, answer);
}

const OUTSIDE = 'is not in the document';

/** The document itself and the reference page may answer too, although they are no operations. */
function wrongWithoutOperation({ target }: Asked, { status }: Answer): string | null {
  return status === 200 && /^\/(docs|api\/openapi\.json)/.test(normal(target)) ? null : OUTSIDE;
}

const identity = z.object({ type: z.string(), status: z.int() });

/** The answer to `HEAD` has no body that would name the problem, so only its status is checked. */
function wrongInHead(document: ApiDocument, { target }: Asked, { status }: Answer): string | null {
  const isGeneral = [...document.general].some((kind) => PROBLEMS[kind].status === status);
  return isGeneral || operationOf(document, 'GET', target)?.answers.has(status) ? null : OUTSIDE;
}

function wrongInProblem(document: ApiDocument, asked: Asked | undefined, answer: Answer): string | null {
  const problem = parseJson(answer.body);
  const wrong = document.isProblem(problem);
  if (wrong) return `is no problem document: ${wrong}`;
  const { type, status } = identity.parse(problem);
  const kind = Object.keys(PROBLEMS).find((each): each is ProblemKind => type === `/problems/${each}`);
  if (!kind) return `has a type that is no page of the application: ${type}`;
  if (status !== answer.status || status !== PROBLEMS[kind].status) return `has another status: ${status}`;
  if (kind === 'internal') return 'is a mistake of ours';
  if (!asked) return null;
  const operation = operationOf(document, asked.method, asked.target);
  if (operation?.answers.has(status)) return null;
  // A path that exists must not answer that there is no such path.
  const isGeneral = document.general.has(kind) && !(operation && OF_NO_PATH.has(kind));
  return isGeneral ? null : `${kind} ${OUTSIDE}`;
}

const OF_NO_PATH = new Set<ProblemKind>(['not-found', 'method-not-allowed']);

function wrongInOperation(operation: Operation, asked: Asked, answer: Answer): string | null {
  const types = operation.answers.get(answer.status);
  if (!types) return OUTSIDE;
  if (types.size === 0) return answer.body.length === 0 ? null : 'has a body, which is not in the document';
  const type = typeOf(answer);
  const fits = types.get(type);
  if (!fits) return `has content type ${type || 'none'}, expected ${[...types.keys()].join(' or ')}`;
  if (asked.method === 'HEAD' || type === 'text/event-stream') return null;
  if (!answer.isWhole) return 'ends in the middle';
  const wrong = fits(type === 'application/json' ? parseJson(answer.body) : answer.body.toString());
  return wrong && `has another body: ${wrong}`;
}

const typeOf = ({ headers }: Answer): string => headers.get('content-type')?.split(';')[0]?.trim() ?? '';

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}

const isOfApi = (target: string): boolean => /^\/(api|healthz|readyz|metrics|docs)([/?]|$)/.test(target);

const normal = (target: string): string => new URL(target, 'http://localhost').pathname;
