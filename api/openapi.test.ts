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
const isUnsafe = ({ method }: { method: string }) => !['get', 'head', 'options'].includes(method);

it('says of every endpoint that changes something who may call it: anybody, signedIn or operatorOnly', () => {
  const unsafe = described.filter(isUnsafe);
  expect(unsafe.length).toBeGreaterThan(10);
  const silent = unsafe.filter(({ operation }) => operation.security === undefined);
  expect(silent.map(({ method, path }) => `${method} ${path}`)).toEqual([]);
});
