import { z } from 'zod';
import { urlVariable } from '#core/url-variable.ts';

const SAMPLERS = ['always_on', 'always_off', 'traceidratio'] as const;
const ALL_SAMPLERS = SAMPLERS.flatMap((name) => [name, `parentbased_${name}` as const]);
const PROTOCOLS = ['http/protobuf', 'http/json'] as const;

const oneOf = <const T extends readonly string[]>(names: T) =>
  z.enum(names, { error: `Expected ${names.join(' or ')}` });
const protocol = z.enum(PROTOCOLS, {
  error: `Expected ${PROTOCOLS.join(' or ')}: every collector takes one of them beside gRPC, at port 4318`,
});
const ratio = z.string().transform((text, context) => {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= 1) return value;
  context.addIssue('Expected a share from 0 to 1, such as 0.01');
  return z.NEVER;
});

/**
 * The variables of OpenTelemetry by which traces are switched on and drawn. The others, such as OTEL_EXPORTER_OTLP_HEADERS and
 * OTEL_BSP_SCHEDULE_DELAY, are read by its own packages, and only when it is on.
 */
export const tracingVariables = z.object({
  OTEL_SDK_DISABLED: z
    .enum(['true', 'false'], { error: 'Expected true or false' })
    .default('false')
    .transform((text) => text === 'true'),
  OTEL_TRACES_EXPORTER: oneOf(['otlp', 'console', 'none']).optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: urlVariable('http', 'https').optional(),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: urlVariable('http', 'https').optional(),
  OTEL_EXPORTER_OTLP_PROTOCOL: protocol.default('http/protobuf'),
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: protocol.optional(),
  OTEL_TRACES_SAMPLER: oneOf(ALL_SAMPLERS).default('parentbased_always_on'),
  OTEL_TRACES_SAMPLER_ARG: ratio.default(1),
});

export type TracingConfig = z.infer<typeof tracingVariables>;
