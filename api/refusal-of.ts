import { Refusal } from '#api/problem.ts';
import { overQuota, tooBusy, unavailable } from '#api/retry-later.ts';
import { OverQuota } from '#core/admission/quotas.ts';
import { awayOf, isPoolBusy } from '#core/away.ts';
import { forLog } from '#core/for-log.ts';

/** Turns every failure into a refusal. An unexpected one is logged. */
export function refusalOf(error: unknown, say: (line: string) => void = console.error): Refusal {
  if (error instanceof Refusal) return error;
  if (isPoolBusy(error)) return tooBusy(error.message);
  if (error instanceof OverQuota) return overQuota(error);
  const away = awayOf(error);
  if (away) return unavailable(away);
  say(forLog(error));
  return new Refusal(
    'internal',
    'Something failed that nobody foresaw; the log of this web process says what.',
  );
}
