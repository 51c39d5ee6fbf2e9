import { createParser } from 'eventsource-parser';
import { isProblem, retryAfterMs } from '#app/browser/http.ts';
import { noteServerTime } from '#app/browser/server-clock.ts';

/** One event as the server wrote it; `id` is null where it has none. */
export type WrittenEvent = { name: string; data: string; id: string | null };

/**
 * How a stream ended. `refused`: our server answered, and carries no stream. `lost`: there was no answer, or only a
 * proxy's, or the stream ended. `waitMs` is the wait that the server asks for: `Retry-After` of a refusal, or `retry`
 * of a stream that it ended itself.
 */
export type StreamEnd = { is: 'refused' | 'lost'; waitMs: number };

type Reading = {
  url: string;
  /** Sent back to the server, so that what was missed since then comes first. */
  lastEventId: string | null;
  signal: AbortSignal;
  opened(): void;
  heard(event: WrittenEvent): void;
};

/**
 * Reads server-sent events until the stream ends; null when `signal` ended it. An EventSource would hide the status, so
 * that nobody could tell a server that is full from one that is gone.
 */
export async function readEvents({ url, lastEventId, signal, ...on }: Reading): Promise<StreamEnd | null> {
  const headers = { accept: 'text/event-stream', ...(lastEventId && { 'Last-Event-ID': lastEventId }) };
  const response = await fetch(url, { headers, cache: 'no-store', signal }).catch(() => null);
  if (signal.aborted) return null;
  if (response) noteServerTime(response);
  if (!response?.ok || !response.body) return endOf(response);
  on.opened();
  const end: StreamEnd = { is: 'lost', waitMs: 0 };
  const parser = createParser({
    onEvent: ({ event = 'message', data, id = null }) => on.heard({ name: event, data, id }),
    onRetry: (ms) => {
      end.waitMs = ms;
    },
  });
  for await (const text of textOf(response.body)) parser.feed(text);
  return signal.aborted ? null : end;
}

function endOf(response: Response | null): StreamEnd {
  const waitMs = retryAfterMs(response?.headers.get('retry-after') ?? null) ?? 0;
  return { is: response && isProblem(response) ? 'refused' : 'lost', waitMs };
}

/** The body as text, piece by piece. A connection that breaks ends it. */
async function* textOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  for (;;) {
    const piece = await reader.read().catch(() => null);
    if (!piece || piece.done) return;
    yield decoder.decode(piece.value, { stream: true });
  }
}
