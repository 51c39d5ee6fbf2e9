// Loaded into every process of the application by NODE_OPTIONS. In the web process it serves an answer that takes
// nothing on a port of its own: what bare Hono can do beside Next, on the same heap and the same loop. Plain
// JavaScript: tsx is loaded later.
if (process.argv[1]?.endsWith('/api/main.ts')) {
  const { serve } = await import('@hono/node-server');
  const { Hono } = await import('hono');
  const app = new Hono().get('/', (c) => c.json({ status: 'ok' }));
  serve({ fetch: app.fetch, port: Number(process.env.BARE_PORT), hostname: '127.0.0.1' });
}
