import type { DeliveryView } from '#api/contract.ts';
import type { ClientTimes } from '#app/browser/outbox/client-times.ts';
import { count, counted } from '#app/ui/figures.ts';

export type Step = {
  name: string;
  /** Milliseconds since the waterfall began; null while it has not happened, or was not seen from here. */
  ms: number | null;
  /** Where its bar begins: when what it waited for had happened. */
  from: number | null;
  sentence: string;
};

export type Waterfall = {
  steps: Step[];
  /** What the milliseconds count from. */
  since: 'key press' | 'accepted';
  /** By how many milliseconds, at most, the rows of the database's clock are too late; 0 with one clock. */
  slack: number;
};

/**
 * The steps of a delivery on one axis, although two clocks measured them.
 *
 * The browser knows key press, paint and the arrival of the `202`; the database knows the rest, from `acceptedAt` on.
 * How far the clocks are apart is unknown, but causality bounds it: the database accepted the tweet after the key
 * press and before the `202` arrived.
 *
 *     browser   pressed ──────────────────── 202 arrived ── broker ── … ── last
 *     database           ── accepted ──┄┄┄┄┄┄┄┄ (moved here)
 *
 * So the database's `acceptedAt` is laid onto the arrival of the `202`, which is the latest that it can have been.
 * Every row after it is then late by at most `202 arrived − pressed`, and never early: no step looks faster than it
 * was.
 */
export function waterfall(delivery: DeliveryView, client: ClientTimes | null): Waterfall {
  const accepted = client ? client.acceptedAt - client.pressedAt : 0;
  const server = (at: string | null) =>
    at === null ? null : accepted + Date.parse(at) - Date.parse(delivery.acceptedAt);
  return {
    since: client ? 'key press' : 'accepted',
    slack: accepted,
    steps: [...browserSteps(client), acceptedStep(accepted, delivery), ...workerSteps(delivery, server)],
  };
}

function browserSteps(client: ClientTimes | null): Step[] {
  if (!client) {
    const sentence =
      'Posted elsewhere or too long ago: this browser did not see it, so time counts from accepted.';
    return [{ name: 'Key press', ms: null, from: null, sentence }];
  }
  const ahead = client.paintedAt <= client.acceptedAt;
  return [
    { name: 'Key press', ms: 0, from: 0, sentence: 'The author posts. The clock starts here.' },
    {
      name: 'Painted',
      ms: client.paintedAt - client.pressedAt,
      from: 0,
      sentence: ahead
        ? 'The author sees the tweet, before the server has answered.'
        : 'The author sees the tweet. The server was quicker than this frame.',
    },
  ];
}

const acceptedStep = (ms: number, { pulled }: DeliveryView): Step => ({
  name: 'Accepted',
  ms,
  from: 0,
  sentence:
    pulled > 0
      ? 'One transaction holds the tweet, and that it is pulled. The answer is 202, and nothing is left to do.'
      : 'One transaction holds the tweet and the promise to deliver it. The answer is 202.',
});

function workerSteps(delivery: DeliveryView, server: (at: string | null) => number | null): Step[] {
  if (delivery.expected === delivery.pulled) return [];
  const { expected, acceptedAt, publishedAt, startedAt, plannedAt, firstAt, medianAt, finishedAt } = delivery;
  const unseen = finishedAt === null ? 'Not yet.' : 'The ledger has no time for it.';
  const step = (name: string, [from, to]: [string | null, string | null], sentence: string): Step => ({
    name,
    ms: server(to),
    from: server(from),
    sentence: to === null ? unseen : sentence,
  });
  return [
    step(
      'Broker has it',
      [acceptedAt, publishedAt],
      'The broker acknowledged the fan-out: it survives the web process now.',
    ),
    step('A worker took it', [acceptedAt, startedAt], 'A worker process picked the fan-out up.'),
    step('Planned', [startedAt, plannedAt], plan(delivery)),
    step('First chunk', [startedAt, firstAt], 'The first followers have it in their home timelines.'),
    step('Median', [firstAt, medianAt], `Half of the ${count(expected)} deliveries are done.`),
    step('Last', [medianAt, finishedAt], 'The last chunk closed the fan-out in the ledger.'),
  ];
}

const plan = ({ chunks }: DeliveryView): string =>
  `${counted(chunks, 'chunk')} ${chunks === 1 ? 'stands' : 'stand'} in the ledger, each a range of followers.`;
