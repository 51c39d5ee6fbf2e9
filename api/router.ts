import type { HttpBindings } from '@hono/node-server';
import { OpenAPIHono, type RouteConfig, z } from '@hono/zod-openapi';
import type { Context, MiddlewareHandler, TypedResponse } from 'hono';
import { createMiddleware } from 'hono/factory';
import type { JSONValue } from 'hono/utils/types';
import { invalidField, invalidFields, Refusal } from '#api/problem.ts';
import type { ReceivedBody } from '#api/receive-body.ts';
import type { Web } from '#api/root.ts';
import { problem } from '#api/schemas/common.ts';
import { actingAccount, cookieIn, type Session, type SessionAccount } from '#api/session.ts';
import type { CallTrace } from '#api/trace-calls.ts';
import { isOperator } from '#core/accounts/operators.ts';

/** What a handler gets beside its request: the web process's connections, and the body as it arrived. */
export type Env = {
  Bindings: HttpBindings & { web: Web };
  Variables: { body: ReceivedBody | undefined; trace?: CallTrace | undefined };
};

/**
 * A part of the HTTP interface. Each endpoint is defined once, by `createRoute`. From that come its validation, its entry in
 * the OpenAPI document, under `tag`, and the types of the browser's client.
 */
export function router(tag?: string): OpenAPIHono<Env> {
  const hono = new OpenAPIHono<Env>({ defaultHook: refuseInvalid });
  const { openapi } = hono;
  const register = (route: RouteConfig, ...handlers: unknown[]) =>
    Reflect.apply(openapi, hono, [{ ...withOwnBody(route), ...(tag && { tags: [tag] }) }, ...handlers]);
  return Object.assign(hono, { openapi: register as typeof openapi });
}

/**
 * The library would answer 415 to JSON without its content type, and would not say what is wrong in a body. Our own
 * middleware takes the body under any content type, and names every wrong field. The route keeps only the JSON Schema, for
 * the document.
 */
function withOwnBody(route: RouteConfig): RouteConfig {
  const body = route.request?.body;
  const content = body?.content['application/json'];
  const schema = content && 'schema' in content ? content.schema : undefined;
  if (!body || !(schema instanceof z.ZodType)) return route;
  // `input`: what a client sends, before coercion and defaults.
  const { $schema, ...shown } = z.toJSONSchema(schema, { io: 'input' });
  const shownBody = { ...body, content: { 'application/json': { schema: shown as object } } };
  return {
    ...route,
    request: { ...route.request, body: shownBody },
    middleware: [...before(route), validateBody(schema)],
  };
}

const before = ({ middleware = [] }: RouteConfig) => (Array.isArray(middleware) ? middleware : [middleware]);

const validateBody = (schema: z.ZodType): MiddlewareHandler<Env> =>
  createMiddleware<Env>(async (c, next) => {
    const result = schema.safeParse(parseJson(c.var.body));
    if (!result.success) throw invalidFields(result.error.issues, 'body');
    c.req.addValidatedData('json', result.data as object);
    await next();
  });

function parseJson(body: ReceivedBody | undefined): unknown {
  if (body?.kind === 'too large')
    throw new Refusal('too-large', `body: expected at most ${body.maxBytes} bytes`);
  if (body?.kind === 'not UTF-8') throw new Refusal('malformed-json', 'body: expected JSON in UTF-8');
  try {
    return JSON.parse(body?.text ?? '');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Refusal('malformed-json', `body: expected JSON. ${reason}`);
  }
}

type Validated = { success: true } | { success: false; target: string; error: z.ZodError };

/** A wrong query is refused by the name of its parameter. A wrong path is not found. */
function refuseInvalid(result: Validated, c: Context): void {
  if (result.success) return;
  const [issue] = result.error.issues;
  const field = issue?.path.join('.') || result.target;
  if (result.target === 'param') throw new Refusal('not-found', `${c.req.path}: ${issue?.message}`);
  throw invalidField(field, issue?.message ?? 'Expected another value');
}

/** The accounts that a request's session holds. */
export const sessionOf = ({ env, req }: Pick<Context<Env>, 'env' | 'req'>): Promise<Session> =>
  env.web.sessions.open(cookieIn(req.header('cookie')));

/** What endpoints behind a guard have: `account` is who acts. */
export type ActingEnv = Env & { Variables: { account: SessionAccount } };

/** Refuses a request of somebody who is not signed in. `c.var.account` is who acts. */
export const requireAccount = createMiddleware<ActingEnv>(async (c, next) => {
  c.set('account', actingAccount(await sessionOf(c), c.req.header('x-account')));
  await next();
});

/** Refuses an account without the role as well: what such an endpoint does concerns everybody. */
export const requireOperator = createMiddleware<ActingEnv>(async (c, next) => {
  const account = actingAccount(await sessionOf(c), c.req.header('x-account'));
  if (!isOperator(c.env.web.config, account)) throw notAnOperator(c.env.web, account);
  c.set('account', account);
  await next();
});

/** Says who has the role, or how somebody gets it. */
export function notAnOperator({ config: { OPERATORS } }: Web, { handle }: SessionAccount): Refusal {
  const who =
    OPERATORS.length > 0
      ? `An operator here is ${OPERATORS.join(', ')}`
      : 'Nobody has it here: OPERATORS of the web process names those who do';
  return new Refusal('operators-only', `Account ${handle}: expected one with the role operator. ${who}.`);
}

/** The header of an endpoint that may act for one of a session's accounts, for the document. */
export const ACTING = {
  name: 'X-Account',
  in: 'header' as const,
  schema: { type: 'string' as const },
  description: 'The handle of the acting account; the one signed in last without',
};

/** Goes into the definition of an endpoint that anybody may call, signed in or not. */
export const anybody = { security: [] };

/** Goes into the definition of an endpoint that only an account may call. The header's schema is for the document alone. */
export const signedIn = {
  middleware: requireAccount,
  parameters: [ACTING],
  security: [{ session: [] }],
};

/** Goes into the definition of an endpoint that only an operator may call. It may answer 401 and 403. */
export const operatorOnly = {
  middleware: requireOperator,
  parameters: [ACTING],
  security: [{ session: ['operator'] }],
};

/** An answer of an endpoint: JSON of this schema. */
export const json = <S extends z.ZodType>(schema: S, description: string) => ({
  description,
  content: { 'application/json': { schema } },
});

/** Like `c.json`, for an answer whose JSON exists as bytes. Nothing checks that they are a `T`. */
export const jsonBytes = <T extends JSONValue>(c: Context, bytes: Uint8Array<ArrayBuffer>) =>
  c.body(bytes, 200, { 'content-type': 'application/json' }) as unknown as TypedResponse<T, 200, 'json'>;

/** The body of a request: JSON of this schema. */
export const body = <S extends z.ZodType>(schema: S) => ({
  required: true as const,
  content: { 'application/json': { schema } },
});

/** The answers of an endpoint that are problem documents, by their status. */
export function problems<S extends number>(...statuses: S[]) {
  const shown = {
    description: 'A problem document',
    content: { 'application/problem+json': { schema: problem } },
  };
  return Object.fromEntries(statuses.map((status) => [status, shown])) as Record<S, typeof shown>;
}

/** The answer of an endpoint that may be asked again. */
export const done = { description: 'Done, also when it was so already' };
