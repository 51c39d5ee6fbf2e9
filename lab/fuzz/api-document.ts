import { z } from 'zod';
import { api } from '#api/app.ts';
import { openApiDocument } from '#api/openapi.ts';
import { PROBLEMS, type ProblemKind } from '#api/problem.ts';
import { jsonSchema, type Schema } from './from-schema.ts';

/** Where a request carries a parameter. */
export type Place = 'path' | 'query' | 'header';

/** One endpoint as the OpenAPI document describes it. */
export type Operation = {
  method: string;
  path: string;
  parameters: { name: string; in: Place; required: boolean; schema: Schema }[];
  /** The schema of its body. Undefined when it takes none. */
  body: Schema | undefined;
  /** Checks of bodies, by status and content type. An answer without a body has no content type. */
  answers: Map<number, Map<string, Fits>>;
};

/** Says why a body is not as its schema says, or null when it is. */
export type Fits = (body: unknown) => string | null;

/** The document, ready for making requests and for checking answers. */
export type ApiDocument = {
  operations: Operation[];
  /** The problems that may answer any request, whatever it asks for. */
  general: Set<ProblemKind>;
  isProblem: Fits;
};

const content = z.record(z.string(), z.object({ schema: jsonSchema.optional() }));
const operation = z.object({
  parameters: z
    .array(
      z.object({
        name: z.string(),
        in: z.enum(['path', 'query', 'header']),
        required: z.boolean().default(false),
        schema: jsonSchema,
      }),
    )
    .default([]),
  requestBody: z.object({ content }).optional(),
  responses: z.record(z.string(), z.object({ content: content.optional() })),
});
const openApi = z.object({
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.object({
    schemas: z.record(z.string(), jsonSchema),
    responses: z.record(z.string(), z.unknown()),
  }),
});

const isProblemKind = (name: string): name is ProblemKind => name in PROBLEMS;

/** Reads the document that the application makes from its own endpoints. */
export function readDocument(): ApiDocument {
  const { paths, components } = openApi.parse(openApiDocument(api));
  const fits = fitting(components.schemas);
  return {
    operations: Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, described]) => readOperation({ path, method, described }, fits)),
    ),
    general: new Set(Object.keys(components.responses).filter(isProblemKind)),
    isProblem: fits({ $ref: '#/components/schemas/Problem' }),
  };
}

type Described = { path: string; method: string; described: z.infer<typeof operation> };

function readOperation({ path, method, described }: Described, fits: (schema: Schema) => Fits): Operation {
  const { parameters, requestBody, responses } = described;
  const answers = Object.entries(responses).map(([status, { content = {} }]) => {
    const types = Object.entries(content).map(
      ([type, { schema }]) => [type, schema ? fits(schema) : () => null] as const,
    );
    return [Number(status), new Map(types)] as const;
  });
  return {
    ...{ path, parameters, method: method.toUpperCase() },
    body: requestBody?.content['application/json']?.schema,
    answers: new Map(answers),
  };
}

/** Checks only that it is an object. The rest is for zod's reader of JSON Schemas. */
const readable = z.custom<z.core.JSONSchema.JSONSchema>(
  (value) => typeof value === 'object' && value !== null,
);

/** Makes checks from schemas that point into the document's components. */
function fitting(components: Record<string, Schema>): (schema: Schema) => Fits {
  return (schema) => {
    const parsed = z.fromJSONSchema(readable.parse(closed({ ...schema, $defs: components })));
    return (body) => {
      const { error } = parsed.safeParse(body);
      return error ? z.prettifyError(error).replaceAll('\n', ' ') : null;
    };
  };
}

/**
 * The same schema, but objects may have no further members unless they say so. Otherwise an answer that tells more than
 * the document would fit. The schemas in an `allOf` would have to stay open, because each knows only a part. There is
 * no `allOf` in the document.
 */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const inside = Object.entries(schema).map(([key, value]) => [
    key,
    key === '$ref' ? String(value).replace('#/components/schemas/', '#/$defs/') : closed(value),
  ]);
  const isOpen = !('properties' in schema) || 'additionalProperties' in schema;
  return { ...Object.fromEntries(inside), ...(!isOpen && { additionalProperties: false }) };
}

/** The operation that a method and target ask for, if the document has one. `HEAD` is answered as `GET` is. */
export function operationOf(
  { operations }: ApiDocument,
  method: string,
  target: string,
): Operation | undefined {
  const path = pathOf(target);
  const described = method === 'HEAD' ? 'GET' : method;
  const found = operations.filter(
    (each) => each.method === described && path !== undefined && isOf(each.path, path),
  );
  // A path without a parameter is preferred to one with a parameter.
  return found.find((each) => !each.path.includes('{')) ?? found[0];
}

/** Resolves dots and decodes percent-encoding, as the application does. An encoded slash stays encoded. */
function pathOf(target: string): string | undefined {
  if (!URL.canParse(target, 'http://localhost')) return undefined;
  const { pathname } = new URL(target, 'http://localhost');
  return pathname.replace(/%[2-7][0-9a-f]/gi, (encoded) =>
    /%2f/i.test(encoded) ? encoded : decodeURI(encoded),
  );
}

const isOf = (template: string, path: string): boolean =>
  new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}$`).test(path);
