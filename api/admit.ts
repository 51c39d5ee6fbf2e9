import { addressOf } from '#api/proxy.ts';
import { type ReceivedBody, receiveBody } from '#api/receive-body.ts';
import { tooBusy } from '#api/retry-later.ts';
import type { Web } from '#api/root.ts';
import type { Env } from '#api/router.ts';
import { SecuredResponse } from '#api/security-headers.ts';

/**
 * Reads a request's body before the request takes a place; undefined when it has none. A half-sent body counts for its
 * address until then. Nobody may keep the answer.
 */
export async function receive(
  { incoming, outgoing, web }: Env['Bindings'],
  maxBytes?: number,
): Promise<ReceivedBody | undefined> {
  if (outgoing instanceof SecuredResponse) outgoing.forbidStoring();
  if (!hasBody(incoming)) return undefined;
  const finished = web.halfSent.begin(addressOf(incoming, web.config.TRUST_PROXY), incoming);
  return receiveBody(incoming, maxBytes === undefined ? {} : { maxBytes }).finally(finished);
}

const hasBody = ({ headers }: Env['Bindings']['incoming']): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

/** Answers a request in one of the process's places. Refuses it when there is none. */
export async function inPlace({ requests }: Web, answer: () => Promise<void>): Promise<void> {
  if (!requests.enter())
    throw tooBusy(`Expected fewer than ${requests.max} requests in flight, ${requests.count} are`, {
      inFlight: requests.count,
      limit: requests.max,
    });
  try {
    await answer();
  } finally {
    requests.leave();
  }
}
