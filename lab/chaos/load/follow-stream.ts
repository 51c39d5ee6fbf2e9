import { setTimeout as sleep } from 'node:timers/promises';
import type { Session } from './call.ts';

export type StreamEvent = { event: string; data: unknown; id: string | null };

export type Stream = {
  /** Such as `posts:ada,home:ada`. */
  topics: string;
  heard: (event: StreamEvent) => void;
};

const AGAIN = 300; // ms until a stream that ended is opened anew

/** Keeps one live stream open as a browser tab does, with the last id that it heard, until `signal`. */
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

/** Events until the connection ends, however it does. */
async function* listen(
  viewer: Session,
  query: URLSearchParams,
  signal: AbortSignal,
): AsyncGenerator<StreamEvent> {
  try {
    const headers = { cookie: viewer.cookie };
    const response = await fetch(`${viewer.url}/api/stream?${query}`, { headers, signal });
    if (response.ok && response.body) yield* eventsOf(response.body);
  } catch {
    // cut off: the next connection goes on
  }
}

async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<StreamEvent> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const piece of body) {
    const blocks = (text + decoder.decode(piece, { stream: true })).split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) yield parse(block);
  }
}

function parse(block: string): StreamEvent {
  const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? null;
  return { event: field('event') ?? '', data: JSON.parse(field('data') ?? 'null'), id: field('id') };
}
