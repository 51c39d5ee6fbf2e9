import type { OpenAPIHono } from '@hono/zod-openapi';
import { PROBLEMS, type ProblemKind } from '#api/problem.ts';
import type { Env } from '#api/router.ts';
import { SESSION_COOKIE } from '#api/session.ts';

const DESCRIPTION =
  'Errors are problem documents (RFC 9457). Every call may be answered 503 with Retry-After and the type ' +
  '/problems/too-busy when this web process answers as many requests as it may (MAX_REQUESTS). Its components list what ' +
  'else any request may be answered. HEAD is answered as GET is, OPTIONS 204 with Allow.';

/** Problems that any request may meet, whatever it asks for. Each endpoint names its own. */
const ANY_REQUEST: readonly ProblemKind[] = [
  ...(['malformed-request', 'foreign-origin', 'not-found', 'method-not-allowed', 'too-slow'] as const),
  ...(['foreign-host', 'headers-too-large', 'too-busy', 'unavailable'] as const),
];

let made: object | undefined;

/** The OpenAPI 3.1 document of the HTTP interface, made from the schemas that check requests and type the answers. */
export function openApiDocument(app: OpenAPIHono<Env>): object {
  made ??= make(app);
  return made;
}

let bytes: Uint8Array<ArrayBuffer> | undefined;

/**
 * The same as JSON, made once for everybody. Making its 70 KB for each request would let a connection that asks two hundred
 * times at once hold up all others, and keep each copy until it is read.
 */
export function openApiJson(app: OpenAPIHono<Env>): Uint8Array<ArrayBuffer> {
  bytes ??= new TextEncoder().encode(JSON.stringify(openApiDocument(app)));
  return bytes;
}

function make(app: OpenAPIHono<Env>): object {
  app.openAPIRegistry.registerComponent('securitySchemes', 'session', {
    ...{ type: 'apiKey', in: 'cookie', name: SESSION_COOKIE },
    description: 'The cookie of POST /api/session. The role operator is that of the acting account',
  });
  app.openAPIRegistry.registerComponent('securitySchemes', 'metricsToken', {
    ...{ type: 'http', scheme: 'bearer' },
    description: 'METRICS_TOKEN of the web process. Without one /metrics is open to programs on its machine',
  });
  for (const kind of ANY_REQUEST)
    app.openAPIRegistry.registerComponent('responses', kind, {
      description: `${PROBLEMS[kind].status}: ${PROBLEMS[kind].title}`,
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    });
  return app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: { title: 'tweet-fanout', version: '1', description: DESCRIPTION },
  });
}
