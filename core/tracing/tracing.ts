import type { TracingConfig } from '#core/tracing/variables.ts';

/** What a span is about, as OpenTelemetry names it where it has a name. */
export type Attributes = Record<string, string | number | boolean | undefined>;

export type SpanOptions = {
  kind: 'server' | 'producer' | 'consumer';
  /** The `traceparent` of the span that this one is part of. */
  parent?: string | undefined;
  /** Those of other traces that it is about. */
  links?: readonly string[];
  attributes?: Attributes;
};

/** A part of a trace that is kept. */
export type Span = {
  /** Names it to whatever goes on from here. */
  traceparent: string;
  note(attributes: Attributes): void;
  /** Call it once; with an error, if there was one. */
  end(error?: unknown): void;
};

/**
 * Keeps traces of some posts, from the request to the last chunk. Whether a trace is kept is drawn once, where a request comes
 * in. What follows it, by the fan-out's row and the headers of messages, follows it always, and does nothing for all others.
 */
export interface Tracing {
  /** Draws whether a request is kept. */
  draws(): boolean;
  begin(name: string, options: SpanOptions): Span;
  /** Sends what is not sent, up to the deadline. May be called twice. */
  close(deadlineMs: number): Promise<void>;
}

/** For a process: undefined, and nothing is loaded, unless an OTEL_ variable switches it on. */
export async function openTracing(
  config: TracingConfig,
  process: { name: string; log(line: string): void },
): Promise<Tracing | undefined> {
  if (!isOn(config)) return undefined;
  const { openTelemetry } = await import('#core/tracing/open-telemetry.ts');
  return openTelemetry(config, process);
}

/** As the specification of OpenTelemetry has it, but for no exporter: then an address of a collector switches it on. */
export function isOn(config: TracingConfig): boolean {
  if (config.OTEL_SDK_DISABLED || config.OTEL_TRACES_EXPORTER === 'none') return false;
  if (config.OTEL_TRACES_EXPORTER !== undefined) return true;
  return [config.OTEL_EXPORTER_OTLP_ENDPOINT, config.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT].some(Boolean);
}
