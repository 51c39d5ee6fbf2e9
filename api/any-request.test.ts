import fc, { type Arbitrary } from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { addDemoAccount } from '#testing/people.ts';
import { cookieOf, openWebStage, type WebStage } from '#testing/web-stage.ts';
import { openWorld, type World } from '#testing/world.ts';
import { api } from './app.ts';
import { openApiDocument } from './openapi.ts';
import { PROBLEMS } from './problem.ts';

/* Each endpoint gets requests that its description allows, and some that it forbids. Each answer must be in the description. */

const RUNS = 40; // an endpoint
const SEED = 7;

type Schema = Record<string, unknown> & { type?: string; properties?: Record<string, Schema> };
type Content = Record<string, { schema?: Schema }>;
type Operation = {
  parameters?: { name: string; in: 'path' | 'query' | 'header'; required?: boolean; schema: Schema }[];
  requestBody?: { content: Content };
  responses: Record<string, { content?: Content }>;
};
const document = openApiDocument(api) as {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema>; responses: Record<string, unknown> };
};

/** What may answer any request. A path that exists must not answer that it does not. */
const GENERAL = Object.entries(PROBLEMS)
  .filter(([kind]) => kind in document.components.responses)
  .filter(([kind]) => !['not-found', 'method-not-allowed', 'internal'].includes(kind))
  .map(([, { status }]) => status);

let world: World;
let stage: WebStage;
let cookie: string;
beforeAll(async () => {
  world = await openWorld();
  for (const [id, handle] of ['ada', 'bob', 'cyd'].entries())
    await addDemoAccount(world.postgres.pool, { id: id + 1, handle });
  stage = await openWebStage(world, { POSTS_PER_MINUTE: '1000000', OPERATORS: 'cyd' });
  cookie = await cookieOf(stage, 'ada', 'bob', 'cyd');
});
afterAll(async () => {
  await stage.stop();
  await world.close();
});

/** Values that mean something here, by the names of parameters and members. */
const KNOWN: Record<string, unknown[]> = {
  handle: ['ada', 'bob'],
  id: [1, '1', 0, 2 ** 53],
  kind: ['trends'],
};
const HOSTILE = [
  '',
  '\0',
  '\ud83d',
  '🤷'.repeat(300),
  "' OR 1=1 --",
  '__proto__',
  '../../etc/passwd',
  '%00',
  '-1',
];

function drawn(name: string, schema: Schema): Arbitrary<unknown> {
  const wild = fc.oneof(fc.constantFrom<unknown>(...HOSTILE, ...(KNOWN[name] ?? [])), fc.jsonValue());
  return fc.oneof({ weight: 4, arbitrary: allowed(schema) }, { weight: 1, arbitrary: wild });
}

function allowed(schema: Schema): Arbitrary<unknown> {
  const { enum: values, properties, pattern, items, minLength = 0, maxLength = 280 } = schema;
  if (Array.isArray(values)) return fc.constantFrom(...values);
  if (properties)
    return fc.record(
      Object.fromEntries(Object.entries(properties).map(([name, member]) => [name, drawn(name, member)])),
      { requiredKeys: (schema.required ?? []) as string[] },
    );
  if (schema.type === 'string')
    return pattern
      ? fc.stringMatching(new RegExp(String(pattern)))
      : fc.string({ unit: 'grapheme', minLength: Number(minLength), maxLength: Number(maxLength) });
  if (schema.type === 'integer' || schema.type === 'number')
    return fc.constantFrom(0, 1, 2, schema.minimum ?? 1, schema.maximum ?? 2 ** 31, 2 ** 53, -1, 0.5);
  if (schema.type === 'array')
    return fc.array(items ? allowed(items as Schema) : fc.jsonValue(), { maxLength: 5 });
  return schema.type === 'boolean' ? fc.boolean() : fc.jsonValue();
}

/** The same schema, but an object has no member that is not described. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const inside = Object.entries(schema).map(([key, value]) => [
    key,
    key === '$ref' ? String(value).replace('#/components/schemas/', '#/$defs/') : closed(value),
  ]);
  const isOpen = !('properties' in schema) || 'additionalProperties' in schema;
  return { ...Object.fromEntries(inside), ...(!isOpen && { additionalProperties: false }) };
}

const checks = new Map<Schema, z.ZodType>();
function check(schema: Schema): z.ZodType {
  const made =
    checks.get(schema) ??
    z.fromJSONSchema(
      closed({ ...schema, $defs: document.components.schemas }) as z.core.JSONSchema.JSONSchema,
    );
  checks.set(schema, made);
  return made;
}

const PROBLEM: Schema = { $ref: '#/components/schemas/Problem' };

async function expectDescribed({ responses }: Operation, answer: Response): Promise<void> {
  const type = answer.headers.get('content-type')?.split(';')[0] ?? '';
  const described = responses[answer.status];
  if (!described) expect(GENERAL, await answer.clone().text()).toContain(answer.status);
  const content =
    described?.content ?? (described ? {} : { 'application/problem+json': { schema: PROBLEM } });
  if (type === 'text/event-stream') return answer.body?.cancel();
  const text = await answer.text();
  if (Object.keys(content).length === 0) return expect(text).toBe('');
  expect(Object.keys(content)).toContain(type);
  const schema = content[type]?.schema;
  if (schema) expect(check(schema).parse(type.endsWith('json') ? JSON.parse(text) : text)).toBeDefined();
}

const inUrl = (value: unknown) => encodeURIComponent(String(value).toWellFormed());
const inHeader = (value: unknown) => String(value).replace(/[^ -~]/g, '?');

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
);

it.each(operations)(
  '$method $path answers any request as it is described',
  async ({ method, path, operation }) => {
    const { parameters = [], requestBody } = operation;
    const schema = requestBody?.content['application/json']?.schema;
    const request = fc.record({
      values: fc.record(
        Object.fromEntries(parameters.map(({ name, schema }) => [name, drawn(name, schema)])),
        {
          requiredKeys: parameters.filter(({ required }) => required).map(({ name }) => name),
        },
      ),
      body: fc.oneof(
        schema ? drawn('', schema).map((body) => JSON.stringify(body) ?? '') : fc.constant(''),
        fc.constantFrom('', '{', '[]', '{"__proto__":{}}'),
      ),
      account: fc.constantFrom('ada', 'cyd', 'nobody'),
    });
    const ask = async ({
      values,
      body,
      account,
    }: {
      values: Record<string, unknown>;
      body: string;
      account: string;
    }) => {
      const headers = new Headers({ cookie, 'x-account': account, 'idempotency-key': crypto.randomUUID() });
      let target = path;
      const query: string[] = [];
      for (const place of parameters.filter(({ name }) => name in values)) {
        const value = values[place.name];
        if (place.in === 'path') target = target.replace(`{${place.name}}`, inUrl(value) || '0');
        else if (place.in === 'query') query.push(`${place.name}=${inUrl(value)}`);
        else headers.set(place.name, inHeader(value));
      }
      const url = new URL(`${target.replaceAll('/..', '/0')}?${query.join('&')}`, stage.url);
      const answer = await fetch(url, {
        method,
        headers,
        redirect: 'manual',
        ...(method !== 'GET' && { body }),
      });
      await expectDescribed(operation, answer);
      if (method === 'DELETE' && path.endsWith('session'))
        cookie = await cookieOf(stage, 'ada', 'bob', 'cyd');
    };
    await fc.assert(fc.asyncProperty(request, ask), { seed: SEED, numRuns: RUNS, endOnFailure: true });
  },
);
