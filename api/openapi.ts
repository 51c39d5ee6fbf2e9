import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Env } from '#api/router.ts';

const DESCRIPTION =
  'Errors are problem documents (RFC 9457). Every call may be answered 503 with Retry-After and the type ' +
  '/problems/too-busy when this web process answers as many requests as it may (MAX_REQUESTS).';

let made: object | undefined;

/** The OpenAPI 3.1 document of the HTTP interface, made of the schemas that validate and answer. */
export function openApiDocument(app: OpenAPIHono<Env>): object {
  made ??= app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: { title: 'tweet-fanout', version: '1', description: DESCRIPTION },
  });
  return made;
}
