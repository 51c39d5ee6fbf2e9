import type { z } from 'zod';
import { invalidField } from '#app/server/problem.ts';
import { limitRequest, pageRequest } from '#app/server/requests.ts';

/** `?cursor=&limit=` of a request. */
export const pageOf = (request: Request) => queryOf(request, pageRequest);

/** `?limit=` of a request for the first of a short list. */
export const limitOf = (request: Request): number => queryOf(request, limitRequest).limit;

/** A request's query, as its schema says. Refuses by naming the parameter. */
export function queryOf<T>(request: Request, schema: z.ZodType<T>): T {
  const result = schema.safeParse(Object.fromEntries(new URL(request.url).searchParams));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw invalidField(issue?.path.join('.') ?? 'query', issue?.message ?? 'Expected another value');
}
