import { z } from 'zod';
import type { Operation } from '#app/openapi/operation.ts';
import { OPERATIONS } from '#app/openapi/operations.ts';

/** The OpenAPI 3.1 document of the HTTP interface, made of the schemas that validate its requests. */
export function openApiDocument() {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const operation of OPERATIONS) {
    paths[operation.path] = { ...paths[operation.path], [operation.method]: toOperationObject(operation) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'tweet-fanout', version: '1', description: DESCRIPTION },
    paths,
    components: { schemas: { Problem: z.toJSONSchema(problem) } },
  };
}

const DESCRIPTION =
  'Errors are problem documents (RFC 9457). Every call may be answered 503 with Retry-After and the type ' +
  '/problems/too-busy when this web process answers as many requests as it may (MAX_REQUESTS).';

const problem = z.object({
  type: z.string().describe('A page of this application that says what happened and what to do'),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
});

function toOperationObject({ summary, body, answer, problems, ...operation }: Operation) {
  return {
    summary,
    parameters: parameters(operation),
    ...(body && {
      requestBody: { required: true, content: { 'application/json': { schema: toSchema(body) } } },
    }),
    responses: {
      [answer.status]: {
        description: answer.description,
        ...(answer.status !== 204 && { content: { [answer.type ?? 'application/json']: {} } }),
      },
      ...Object.fromEntries(problems.map((status) => [status, PROBLEM])),
    },
  };
}

const PROBLEM = {
  description: 'A problem document',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};

function parameters({
  path,
  acts,
  headers = {},
  query,
}: Pick<Operation, 'path' | 'acts' | 'headers' | 'query'>) {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    ...{ name, in: 'path', required: true, schema: { type: 'string' } },
  }));
  const inHeader = Object.entries(headers).map(([name, schema]) => ({
    ...{ name, in: 'header', required: true, schema: toSchema(schema) },
  }));
  const inQuery = Object.entries(query?.shape ?? {}).map(([name, schema]) => ({
    ...{ name, in: 'query', required: false, schema: toSchema(schema) },
  }));
  const account = { name: 'X-Account', in: 'header', required: false, schema: { type: 'string' } };
  return [...inPath, ...(acts ? [account] : []), ...inHeader, ...inQuery];
}

// `input`: what a client sends, before coercion and defaults.
const toSchema = (schema: z.core.$ZodType) => z.toJSONSchema(schema, { io: 'input' });
