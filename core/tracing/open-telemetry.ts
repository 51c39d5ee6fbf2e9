import { ROOT_CONTEXT, SpanKind, SpanStatusCode, TraceFlags, trace } from '@opentelemetry/api';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import {
  AlwaysOnSampler,
  BasicTracerProvider,
  BatchSpanProcessor,
  ConsoleSpanExporter,
  SimpleSpanProcessor,
  type SpanExporter,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { forLog } from '#core/for-log.ts';
import { readTraceparent, traceparentOf } from '#core/tracing/traceparent.ts';
import type { Span, SpanOptions, Tracing } from '#core/tracing/tracing.ts';
import type { TracingConfig } from '#core/tracing/variables.ts';

/**
 * Traces by OpenTelemetry's SDK. This is the one file that imports it, and it is loaded only when traces are kept. Nothing is
 * made global: Next and other libraries would begin to trace everything that they do.
 */
export async function openTelemetry(
  config: TracingConfig,
  { name, log }: { name: string; log(line: string): void },
): Promise<Tracing> {
  const provider = new BasicTracerProvider({
    sampler: new AlwaysOnSampler(), // what is begun was drawn already
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': 'tweet-fanout', 'service.instance.id': name }))
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [await processorFor(config, log)],
  });
  const tracer = provider.getTracer('tweet-fanout');
  const share = shareOf(config);
  let closing: Promise<void> | undefined;
  return {
    draws: () => Math.random() < share,
    begin: (spanName, options) =>
      asSpan(tracer.startSpan(spanName, asTold(options), contextOf(options.parent))),
    close: (deadlineMs) => {
      closing ??= Promise.race([provider.shutdown(), late(deadlineMs)]).catch(() => {});
      return closing;
    },
  };
}

const late = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });

/** `parentbased_` changes nothing: requests come from outside, where nobody may decide what is kept here. */
function shareOf({ OTEL_TRACES_SAMPLER: sampler, OTEL_TRACES_SAMPLER_ARG: share }: TracingConfig): number {
  if (sampler.endsWith('always_off')) return 0;
  return sampler.endsWith('always_on') ? 1 : share;
}

async function processorFor(config: TracingConfig, log: (line: string) => void): Promise<SpanProcessor> {
  if (config.OTEL_TRACES_EXPORTER === 'console') return new SimpleSpanProcessor(new ConsoleSpanExporter());
  const protocol = config.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL ?? config.OTEL_EXPORTER_OTLP_PROTOCOL;
  return new BatchSpanProcessor(complaining(await exporterFor(protocol), log));
}

/** It reads the variables of the collector itself: address, headers, time limit, compression, certificates. */
async function exporterFor(protocol: TracingConfig['OTEL_EXPORTER_OTLP_PROTOCOL']): Promise<SpanExporter> {
  switch (protocol) {
    case 'http/json':
      return new (await import('@opentelemetry/exporter-trace-otlp-http')).OTLPTraceExporter();
    case 'http/protobuf':
      return new (await import('@opentelemetry/exporter-trace-otlp-proto')).OTLPTraceExporter();
  }
}

const TAKEN = 0; // ExportResultCode.SUCCESS

/** Says once that a collector does not take spans, until it takes some again. They are dropped meanwhile. */
function complaining(exporter: SpanExporter, log: (line: string) => void): SpanExporter {
  let isAway = false;
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        const failed = result.code !== TAKEN;
        if (failed && !isAway)
          log(
            `Traces are dropped, the collector does not take them: ${forLog(String(result.error))}. ` +
              'Start it, or correct OTEL_EXPORTER_OTLP_ENDPOINT; OTEL_TRACES_EXPORTER=none switches traces off.',
          );
        isAway = failed;
        done(result);
      }),
    forceFlush: async () => exporter.forceFlush?.(),
    shutdown: () => exporter.shutdown(),
  };
}

const KINDS = { server: SpanKind.SERVER, producer: SpanKind.PRODUCER, consumer: SpanKind.CONSUMER };

const asTold = ({ kind, links = [], attributes = {} }: SpanOptions) => ({
  kind: KINDS[kind],
  attributes,
  links: links.flatMap((link) => {
    const linked = readTraceparent(link);
    return linked ? [{ context: { ...linked, traceFlags: TraceFlags.SAMPLED } }] : [];
  }),
});

function contextOf(parent: string | undefined) {
  const from = readTraceparent(parent);
  if (!from) return ROOT_CONTEXT;
  return trace.setSpanContext(ROOT_CONTEXT, { ...from, traceFlags: TraceFlags.SAMPLED, isRemote: true });
}

function asSpan(span: ReturnType<ReturnType<typeof trace.getTracer>['startSpan']>): Span {
  return {
    traceparent: traceparentOf(span.spanContext()),
    note: (attributes) => void span.setAttributes(attributes),
    end: (error) => {
      if (error !== undefined) {
        const message = error instanceof Error ? error.message : String(error);
        span.setStatus({ code: SpanStatusCode.ERROR, message });
      }
      span.end();
    },
  };
}
