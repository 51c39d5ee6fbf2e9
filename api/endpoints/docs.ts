import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono } from 'hono';
import { DOCS_POLICY } from '#api/security-headers.ts';

const RENDERER = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
const FILES = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'];

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>HTTP interface · tweet-fanout</title>
    <link rel="icon" href="/docs/favicon-32x32.png" />
    <link rel="stylesheet" href="/docs/swagger-ui.css" />
    <link rel="stylesheet" href="/docs/page.css" />
  </head>
  <body>
    <nav aria-label="Application"><a href="/home">Back to tweet-fanout</a></nav>
    <main id="docs"></main>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/page.js"></script>
  </body>
</html>
`;

const STYLE = `:root { color-scheme: light; }
body { margin: 0; background: #fff; }
nav { padding: 1rem 1.25rem 0; font: 1rem/1.5 system-ui, sans-serif; }
nav a { color: #1d4ed8; }
`;

// Requests that are tried here go to this very server, with the session's cookie.
const SCRIPT = `SwaggerUIBundle({ url: '/api/openapi.json', domNode: document.getElementById('docs'), deepLinking: true });
`;

/** The reference page for people, made from the OpenAPI document by Swagger UI, which comes from its package. */
export const docs = new Hono()
  .use('/docs/*', async (c, next) => {
    await next();
    c.header('content-security-policy', DOCS_POLICY);
  })
  .get('/docs', (c) => c.html(PAGE, 200, { 'content-security-policy': DOCS_POLICY }))
  .get('/docs/page.js', (c) => c.body(SCRIPT, 200, { 'content-type': 'text/javascript; charset=utf-8' }))
  .get('/docs/page.css', (c) => c.body(STYLE, 200, { 'content-type': 'text/css; charset=utf-8' }));

for (const file of FILES)
  docs.get(`/docs/${file}`, serveStatic({ root: RENDERER, rewriteRequestPath: () => `/${file}` }));
