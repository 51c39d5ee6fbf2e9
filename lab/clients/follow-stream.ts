import { setTimeout as sleep } from 'node:timers/promises';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import type { Session } from './session.ts';

export type StreamEvent = { event: string; data: unknown; id: string | null };

export type Stream = {
  /** Such as `posts:ada,home:ada`. */
  topics: string;
  heard: (event: StreamEvent) => void;
};

const AGAIN = 300; // ms until a stream that has ended is opened again

/** Keeps one live stream open until `signal`, as a browser tab does: it goes on from the last id that it heard. */
export async function followStream(
  viewer: Session,
  { topics, heard }: Stream,
  signal: AbortSignal,
): Promise<void> {
  let lastId: string | null = null;
  while (!signal.aborted) {
    const query = new URLSearchParams({ topics, ...(lastId !== null && { lastEventId: lastId }) });
    for await (const event of listen(viewer, query, signal)) {
      lastId = event.id ?? lastId;
      heard(event);
    }
    await sleep(AGAIN, undefined, { signal }).catch(() => {});
  }
}

/** Yields events until the connection ends, for whatever reason. */
async function* listen(
  viewer: Session,
  query: URLSearchParams,
  signal: AbortSignal,
): AsyncGenerator<StreamEvent> {
  try {
    const headers = { cookie: viewer.cookie };
    const response = await fetch(`${viewer.url}/api/stream?${query}`, { headers, signal });
    if (!response.ok || !response.body) return;
    const events = response.body
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new EventSourceParserStream());
    for await (const { event = '', data, id = null } of events) yield { event, data: JSON.parse(data), id };
  } catch {
    // cut off: the next connection goes on
  }
}
