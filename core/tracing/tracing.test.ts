import { execFileSync } from 'node:child_process';
import { afterEach, expect, it, vi } from 'vitest';
import { ConfigError, readConfig } from '#core/config.ts';
import { ROOT } from '#dev/paths.ts';
import { freePort } from '#dev/ports.ts';
import { eventually } from '#testing/eventually.ts';
import { readTraceparent, traceOfKey } from './traceparent.ts';
import { openTracing } from './tracing.ts';
import { tracingVariables } from './variables.ts';

afterEach(() => vi.unstubAllEnvs());

const silent = { name: 'test', log: () => {} };
it('opens nothing when it is off', async () => {
  expect(await openTracing(tracingVariables.parse({}), silent)).toBeUndefined();
});

it('leaves OpenTelemetry to one file, which is loaded only when traces are on', () => {
  const importers = (pattern: string) =>
    execFileSync('git', ['grep', '-lE', '--untracked', pattern, '--', '*.ts', '*.tsx'], {
      cwd: ROOT,
      encoding: 'utf8',
    })
      .split('\n')
      .filter((file) => file !== '' && !file.endsWith('.test.ts'));
  expect(importers("from '@opentelemetry/|import\\('@opentelemetry/")).toEqual([
    'core/tracing/open-telemetry.ts',
  ]);
  expect(importers('open-telemetry\\.ts')).toEqual(['core/tracing/tracing.ts']);
});

it('keeps the share that the variables ask for', async () => {
  const draws = async (OTEL_TRACES_SAMPLER: string, OTEL_TRACES_SAMPLER_ARG?: string) => {
    const config = tracingVariables.parse({
      OTEL_TRACES_EXPORTER: 'otlp',
      OTEL_TRACES_SAMPLER,
      OTEL_TRACES_SAMPLER_ARG,
    });
    const tracing = await openTracing(config, silent);
    return Array.from({ length: 4_000 }, () => tracing?.draws()).filter(Boolean).length / 4_000;
  };
  expect(await draws('always_on', '0.2')).toBe(1);
  expect(await draws('parentbased_always_off')).toBe(0);
  expect(await draws('parentbased_traceidratio', '0.25')).toBeCloseTo(0.25, 1);
});

it('says once that the collector does not take spans, and what to do', async () => {
  const endpoint = `http://127.0.0.1:${await freePort()}`;
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', endpoint);
  vi.stubEnv('OTEL_EXPORTER_OTLP_TIMEOUT', '500');
  vi.stubEnv('OTEL_BSP_SCHEDULE_DELAY', '20');
  const lines: string[] = [];
  const config = tracingVariables.parse({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint });
  const tracing = await openTracing(config, { name: 'test', log: (line) => lines.push(line) });
  for (let n = 1; n <= 3; n++) tracing?.begin('a span', { kind: 'server' }).end();
  await eventually(() => expect(lines).toHaveLength(1));
  expect(lines[0]).toMatch(/^Traces are dropped, .* correct OTEL_EXPORTER_OTLP_ENDPOINT/);
  await tracing?.close(500);
  await tracing?.close(500);
});

it('names a variable that is wrong, and never an address that may hold a password', () => {
  const env = {
    ...{ OTEL_TRACES_SAMPLER_ARG: '2', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_TRACES_EXPORTER: 'zipkin' },
    OTEL_EXPORTER_OTLP_ENDPOINT: 'me:hunter2@collector',
  };
  const read = () => readConfig(tracingVariables, env);
  expect(read).toThrow(ConfigError);
  expect(read).toThrow(/OTEL_TRACES_SAMPLER_ARG: Expected a share from 0 to 1, such as 0.01, got "2"/);
  expect(read).toThrow(/OTEL_EXPORTER_OTLP_PROTOCOL: Expected http\/protobuf or http\/json/);
  expect(read).toThrow(/OTEL_TRACES_EXPORTER: Expected otlp or console or none/);
  expect(read).not.toThrow(/hunter2/);
});

it('reads a traceparent, and makes one of the key of a tweet', () => {
  const ids = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };
  expect(readTraceparent(`00-${ids.traceId}-${ids.spanId}-01`)).toEqual(ids);
  for (const wrong of [
    '',
    'x',
    `00-${'0'.repeat(32)}-${ids.spanId}-01`,
    `01-${ids.traceId}-${ids.spanId}-01`,
  ])
    expect(readTraceparent(wrong)).toBeNull();
  const key = '6f1d3c2a-9b0e-4d5f-8a7b-1c2d3e4f5a6b';
  expect(readTraceparent(traceOfKey(key))?.traceId).toBe(key.replaceAll('-', ''));
});
