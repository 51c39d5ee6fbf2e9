import type { Context } from 'hono';
import { z } from 'zod';
import type { MastodonEnv } from '#api/mastodon/env.ts';
import { invalid, invalidInput, MastodonError } from '#api/mastodon/errors.ts';
import type { ReceivedBody } from '#api/receive-body.ts';

/** A status of 40,000 letters arrives, so that it is refused for its length and not for its bytes. */
export const MAX_BYTES = 64 * 1024;

/** Values of one list. No call takes more, and 64 KB would hold thirty thousand. */
const MOST_VALUES = 1_000;

/** What a client sent: texts and lists of texts; from JSON also other values. */
export type Input = Record<string, unknown>;

/**
 * One record of the query and the body, of whichever kind: JSON, form or multipart. What is in both is taken from the
 * body. `id[]=1&id[]=2` is the list `id`.
 */
export async function readInput(c: Pick<Context, 'req'>, body: ReceivedBody | undefined): Promise<Input> {
  const query = fieldsOf(new URL(c.req.url).searchParams);
  if (body === undefined) return query;
  return { ...query, ...(await readBody(c.req.header('content-type') ?? '', body)) };
}

async function readBody(contentType: string, body: ReceivedBody): Promise<Input> {
  if (body.kind === 'too large')
    throw new MastodonError(413, `Expected a body of at most ${body.maxBytes} bytes`);
  if (body.kind === 'not UTF-8') throw new MastodonError(400, 'Expected a body in UTF-8');
  if (/^multipart\/form-data\b/i.test(contentType)) return fieldsOf(await formOf(contentType, body.text));
  if (/^application\/(?:[\w.-]+\+)?json\b/i.test(contentType)) return jsonOf(body.text);
  return fieldsOf(new URLSearchParams(body.text));
}

const formOf = (contentType: string, text: string): Promise<FormData> =>
  new Response(text, { headers: { 'content-type': contentType } }).formData().catch(() => {
    throw new MastodonError(400, 'Expected a multipart form, with the boundary that its content type names');
  });

function jsonOf(text: string): Input {
  const record = z.record(z.string(), z.unknown()).safeParse(parsed(text));
  if (!record.success) throw new MastodonError(400, 'Expected a JSON object');
  for (const [name, value] of Object.entries(record.data)) refuseLongList(name, listed(value));
  return record.data;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new MastodonError(400, `Expected JSON. ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The fields of a form. Of several with one name the last one counts, unless the name ends with `[]`. */
function fieldsOf(form: Iterable<[string, FormDataEntryValue]>): Input {
  const fields = new Map<string, unknown>();
  for (const [name, value] of form) {
    if (typeof value !== 'string') throw invalid(`${name}: Expected no file`);
    const list = /^(.+)\[\]$/.exec(name)?.[1];
    if (list === undefined) fields.set(name, value);
    else {
      const values = listed(fields.get(list));
      values.push(value); // a copy for each value took a second and a half for one form
      refuseLongList(list, values);
      fields.set(list, values);
    }
  }
  return Object.fromEntries(fields);
}

function refuseLongList(name: string, { length }: unknown[]): void {
  if (length > MOST_VALUES) throw invalid(`${name}: Expected at most ${MOST_VALUES} values`);
}

const listed = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** What a client sent, as this schema has it. Refuses it with 422, and names every wrong field. */
export function inputOf<S extends z.ZodType>(c: Pick<Context<MastodonEnv>, 'var'>, schema: S): z.infer<S> {
  const result = schema.safeParse(c.var.input);
  if (!result.success) throw invalidInput(result.error.issues);
  return result.data;
}

/** Those of its fields that are texts. */
export const textsIn = (input: Input): Record<string, string> =>
  Object.fromEntries(
    Object.entries(input).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );

const TRUE = ['1', 'true', 't', 'on', 'yes'];
const FALSE = ['0', 'false', 'f', 'off', 'no', ''];

/** A boolean, as clients write it: `true`, `True`, `1`, `on`. */
export const flag = z.union([z.boolean(), z.number(), z.string()]).transform((value, context) => {
  const word = String(value).toLowerCase();
  if (TRUE.includes(word)) return true;
  if (FALSE.includes(word)) return false;
  context.addIssue('Expected true or false');
  return z.NEVER;
});

/** A list, of which a client may send just one. */
export const listOf = <S extends z.ZodType>(each: S, most: number) =>
  z.preprocess(
    (value) => (value === undefined || Array.isArray(value) ? value : [value]),
    z.array(each).max(most, `Expected at most ${most}`),
  );
