import 'server-only';
import { Refusal } from '#app/server/problem.ts';
import { idempotencyKey } from '#app/server/requests.ts';

const FIELD = 'Idempotency-Key';

/** The key of a request; refuses one that is missing or malformed. */
export function keyOf(request: Request): string {
  const key = request.headers.get(FIELD);
  if (key === null)
    throw refusal('idempotency-key-missing', 'Expected a header with a new UUID for each tweet');
  const result = idempotencyKey.safeParse(key);
  if (result.success) return result.data;
  throw refusal('validation', result.error.issues[0]?.message ?? 'Expected another value');
}

const refusal = (kind: 'idempotency-key-missing' | 'validation', message: string) =>
  new Refusal(kind, `${FIELD}: ${message}`, { errors: [{ field: FIELD, message }] });
