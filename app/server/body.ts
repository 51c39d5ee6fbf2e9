import 'server-only';
import type { z } from 'zod';
import { Refusal } from '#app/server/problem.ts';

const MAX_BYTES = 16 * 1024; // a tweet of 280 emoji families is about 8 KB of JSON

/** Reads and validates a JSON body. Throws a {@link Refusal} that names every field that is wrong. */
export async function readBody<T>(request: Request, schema: z.ZodType<T>): Promise<T> {
  const result = schema.safeParse(parseJson(await readText(request)));
  if (result.success) return result.data;
  const errors = result.error.issues.map((issue) => ({
    field: issue.path.join('.') || 'body',
    message: issue.message,
  }));
  throw new Refusal('validation', errors.map(({ field, message }) => `${field}: ${message}`).join('; '), {
    errors,
  });
}

async function readText(request: Request): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BYTES) throw new Refusal('too-large', `body: expected at most ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Refusal('malformed-json', `body: expected JSON. ${reason}`);
  }
}
