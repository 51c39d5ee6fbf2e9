import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { openApiDocument } from './document.ts';

it('describes every method of every route under /api, and none that does not exist', () => {
  const files = readdirSync('app/api', { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('route.ts'),
  );
  const routes = files.flatMap((file) => {
    const path = `/api/${file.replace(/\/route\.ts$/, '').replace(/\[(\w+)\]/g, '{$1}')}`;
    const methods = readFileSync(`app/api/${file}`, 'utf8').matchAll(
      /export const (GET|POST|PUT|PATCH|DELETE) = /g,
    );
    return [...methods].map(([, method]) => `${method} ${path}`);
  });
  const { paths } = openApiDocument();
  const described = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(described.sort()).toEqual(routes.filter((route) => route !== 'GET /api/openapi.json').sort());
});

it('takes its schemas from the ones that validate', () => {
  const post = openApiDocument().paths['/api/tweets']?.post;
  expect(post).toMatchObject({
    requestBody: {
      content: { 'application/json': { schema: { required: ['text'], additionalProperties: false } } },
    },
  });
});
