import { once } from 'node:events';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { z } from 'zod';

/** A span as it came, with what tests look at. Ids are hexadecimal. */
const receivedSpan = z.object({
  traceId: z.string().regex(/^[0-9a-f]{32}$/),
  spanId: z.string().regex(/^[0-9a-f]{16}$/),
  parentSpanId: z.string().optional(),
  name: z.string(),
  kind: z.int(),
  links: z.array(z.object({ traceId: z.string(), spanId: z.string() })).default([]),
  startTimeUnixNano: z.string(),
  endTimeUnixNano: z.string(),
  attributes: z
    .array(
      z.object({
        key: z.string(),
        value: z.union([
          z.object({ stringValue: z.string() }).transform(({ stringValue }) => stringValue),
          z.object({ intValue: z.coerce.number() }).transform(({ intValue }) => intValue),
          z.object({ boolValue: z.boolean() }).transform(({ boolValue }) => boolValue),
        ]),
      }),
    )
    .transform((list) => Object.fromEntries(list.map(({ key, value }) => [key, value]))),
});
export type ReceivedSpan = z.infer<typeof receivedSpan>;

/** `ExportTraceServiceRequest` of OTLP, as JSON. */
const request = z.object({
  resourceSpans: z.array(
    z
      .object({ scopeSpans: z.array(z.object({ spans: z.array(receivedSpan) })) })
      .transform(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
  ),
});

/** Stands in for a collector: takes traces by OTLP over HTTP, as JSON, and keeps them. */
export type OtlpReceiver = {
  /** The variables of a process that sends its traces here, at once. */
  env: Record<string, string>;
  spans: readonly ReceivedSpan[];
  close(): void;
};

export async function openOtlpReceiver(): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const server = createServer((incoming, outgoing) => {
    const taken = incoming.url === '/v1/traces' && incoming.headers['content-type'] === 'application/json';
    if (!taken) return void outgoing.writeHead(404).end();
    json(incoming)
      .then((body) => spans.push(...request.parse(body).resourceSpans.flat()))
      .then(
        () => outgoing.writeHead(200, { 'content-type': 'application/json' }).end('{}'),
        (error: unknown) => outgoing.writeHead(400).end(String(error)),
      );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = z.object({ port: z.int() }).parse(server.address());
  return {
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_BSP_SCHEDULE_DELAY: '50',
    },
    spans,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
