import { invalidField } from '#app/server/problem.ts';
import { pageRequest } from '#app/server/requests.ts';

/** `?cursor=&limit=` of a request. */
export function pageOf(request: Request) {
  const result = pageRequest.safeParse(Object.fromEntries(new URL(request.url).searchParams));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw invalidField(issue?.path.join('.') ?? 'query', issue?.message ?? 'Expected another value');
}
