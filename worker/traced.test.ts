import { expect, it } from 'vitest';
import type { Delivery, Handler } from '#broker/port.ts';
import { deliveriesOf, type FanOut, fanOutsOf, type Message } from '#core/messages.ts';
import type { Tracing } from '#core/tracing/tracing.ts';
import type { WorkerContext } from './context.ts';
import { traced } from './traced.ts';

/** Each span is named by what it is and by its parent. */
const tracing: Tracing = {
  draws: () => true,
  begin: (name, { parent }) => ({ traceparent: `${parent} > ${name}`, note: () => {}, end: () => {} }),
  close: async () => {},
};

/** Lets a traced worker handle the message of these fan-outs, and returns what it publishes: the deliveries of each. */
async function publishedFor(fanOuts: FanOut[], change = (message: Message) => message): Promise<Message[]> {
  const published: Message[] = [];
  let handle: Handler = async () => {};
  const broker = {
    publish: async (_: string, messages: Message[]) => void published.push(...messages),
    consume: (_: string, handler: Handler) => {
      handle = handler;
    },
  };
  for (const name of ['depth', 'deadLetters', 'redrive', 'discard', 'memory', 'ping', 'close'])
    Object.assign(broker, { [name]: async () => {} });
  const context = traced({ broker } as unknown as WorkerContext, tracing);
  context.broker.consume(
    'fan-out',
    async () => {
      for (const { tweetId } of fanOuts)
        await context.broker.publish('delivery', deliveriesOf(tweetId, [0, 1]));
    },
    { concurrency: 1 },
  );
  for (const { body, headers } of fanOutsOf(fanOuts).map(change))
    await handle({ body, headers, redelivered: false, signal: AbortSignal.any([]) } satisfies Delivery);
  return published;
}

const headersBy = (messages: Message[]) => messages.map(({ group, headers }) => [group, headers]);
const goesOn = { traceparent: 'mine > process fan-out > send delivery' };
const [untraced, mine] = [
  { tweetId: 1, expected: 12, traceparent: null },
  { tweetId: 2, expected: 12, traceparent: 'mine' },
];

it('hands a trace on to the deliveries of the tweet that it belongs to, and to no other of the message', async () => {
  expect(headersBy(await publishedFor([untraced, mine]))).toEqual([
    ['1', undefined],
    ['1', undefined],
    ['2', goesOn],
    ['2', goesOn],
  ]);
});

it('hands it on for all tweets of a message of the version before, which does not name them', async () => {
  const before = ({ headers, ...message }: Message) => ({
    ...message,
    headers: { traceparent: headers?.traceparent ?? '' },
  });
  const published = await publishedFor([untraced, mine], before);
  expect(published.map(({ headers }) => headers)).toEqual([goesOn, goesOn, goesOn, goesOn]);
});
