import type { EventStream } from '#api/live/event-stream.ts';
import type { OpenStream } from '#api/live/open-streams.ts';
import type { Channel } from '#api/mastodon/streaming/channels.ts';
import { SECOND } from '#core/durations.ts';

/** What is told: a status as JSON, or the id of one that was deleted. `id` is for clients that send Last-Event-ID. */
export type ClientEvent = { event: 'update' | 'delete'; payload: string; id?: string };

/** Why the server ends a stream: its token is revoked, or something that it needs has failed. */
export type EndReason = 'revoked' | 'failed';

/** The writing end of an app's stream, of either kind. */
export type ClientStream = OpenStream & {
  tell(channel: Channel, event: ClientEvent): void;
  /** A client that comes again after a failure misses nothing. */
  end(reason: EndReason): void;
};

const BEAT = 15 * SECOND; // a client that hears nothing for some 60 s takes the connection for dead

/**
 * Server-sent events as Mastodon writes them. Some clients read the lines themselves: Mastodon.py fails at a comment with an
 * empty line behind it, and at `retry:`. So a stream that ends just ends, and its client has a backoff of its own.
 */
export function overSse(stream: EventStream): ClientStream {
  stream.write(':)\n');
  const beats = setInterval(() => stream.write(':thump\n'), BEAT);
  stream.onEnd(() => clearInterval(beats));
  const end = () => stream.end();
  return {
    get waiting() {
      return stream.waiting;
    },
    onEnd: (callback) => stream.onEnd(callback),
    tell: (_channel, { event, payload, id }) =>
      stream.write(`${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${payload}\n\n`),
    ...{ sendAway: end, end },
  };
}
