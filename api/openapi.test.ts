import { expect, it } from 'vitest';
import { api } from './app.ts';
import { openApiDocument } from './openapi.ts';

type Operation = {
  responses: Record<string, unknown>;
  requestBody?: unknown;
  security?: Record<string, string[]>[];
};
const { paths } = openApiDocument(api) as { paths: Record<string, Record<string, Operation>> };

const described = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

it('describes every endpoint of the application, and none that does not exist', () => {
  const routes = api.routes
    .filter(
      ({ path, method }) => method !== 'ALL' && !path.startsWith('/docs') && path !== '/api/openapi.json',
    )
    .map(({ path, method }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`);
  const operations = described.map(({ path, method }) => `${method.toUpperCase()} ${path}`);
  expect(operations.sort()).toEqual([...new Set(routes)].sort());
});

it('says for every endpoint what it answers, in schemas', () => {
  for (const { path, operation } of described) {
    const answers = Object.entries(operation.responses).filter(([status]) => status.startsWith('2'));
    expect(answers.length, path).toBeGreaterThan(0);
  }
});

it('groups the endpoints by their resource', () => {
  for (const { path, operation } of described)
    expect(operation, path).toHaveProperty('tags', [expect.any(String)]);
});

it('shows of a body what validates it', () => {
  expect(paths['/api/tweets']?.post).toMatchObject({
    requestBody: {
      content: { 'application/json': { schema: { required: ['text'], additionalProperties: false } } },
    },
  });
});

it('says that nobody may be acting', () => {
  const described = JSON.stringify(paths['/api/session']?.get?.responses['200']);
  expect(described).toContain('"acting":{"anyOf":[{"$ref":"#/components/schemas/Account"},{"type":"null"}]}');
});

it('says what any request may be answered, whatever it asks for', () => {
  const { components } = openApiDocument(api) as { components: { responses: Record<string, unknown> } };
  expect(Object.keys(components.responses)).toContain('headers-too-large');
  expect(components.responses['foreign-host']).toMatchObject({
    description: '421: This server does not go by that name',
  });
});

const isUnsafe = ({ method }: { method: string }) => !['get', 'head', 'options'].includes(method);

it('says of every endpoint that changes something who may call it: anybody, signedIn or operatorOnly', () => {
  const unsafe = described.filter(isUnsafe);
  expect(unsafe.length).toBeGreaterThan(10);
  const silent = unsafe.filter(({ operation }) => operation.security === undefined);
  expect(silent.map(({ method, path }) => `${method} ${path}`)).toEqual([]);
});

it('says 401 and 403 of every endpoint that wants an account', () => {
  const wanting = described.filter(({ operation: { security = [] } }) => security.some(isSession));
  expect(wanting.length).toBeGreaterThan(15);
  const optional = (security: Record<string, string[]>[] = []) =>
    security.some((way) => Object.keys(way).length === 0);
  for (const { path, operation } of wanting) {
    expect(Object.keys(operation.responses), path).toContain('403');
    if (!optional(operation.security)) expect(Object.keys(operation.responses), path).toContain('401');
  }
});

const isSession = (way: Record<string, string[]>) => 'session' in way;
