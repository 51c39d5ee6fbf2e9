// NODE_OPTIONS loads this into every process of the application. In the web process it gives an empty answer on a port
// of its own. That shows what bare Hono can do beside Next, on the same heap and the same event loop. It is plain
// JavaScript because these processes load no TypeScript.
if (process.argv[1]?.endsWith('/.compiled/api/main.js')) {
  const { serve } = await import('@hono/node-server');
  const { Hono } = await import('hono');
  const app = new Hono().get('/', (c) => c.json({ status: 'ok' }));
  serve({ fetch: app.fetch, port: Number(process.env.BARE_PORT), hostname: '127.0.0.1' });
}
