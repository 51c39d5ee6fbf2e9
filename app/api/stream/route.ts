import { streamRoute } from '#app/server/api-route.ts';
import { carry } from '#app/server/live/carry.ts';
import { EventStream } from '#app/server/live/event-stream.ts';
import { requireRoomForStream } from '#app/server/live/room-for-stream.ts';
import { parseTopics } from '#app/server/live/topics.ts';
import { sessionOf } from '#app/server/session.ts';

export const dynamic = 'force-dynamic';

/** One multiplexed stream a tab: see StreamEvents in app/contract.ts. */
export const GET = streamRoute(async (request) => {
  requireRoomForStream();
  const query = new URL(request.url).searchParams;
  const topics = parseTopics(query.get('topics'), await sessionOf(request));
  const since = Number(request.headers.get('last-event-id') ?? query.get('lastEventId') ?? '');
  const stream = new EventStream(request.signal);
  carry(stream, topics, Number.isSafeInteger(since) && since > 0 ? since : null);
  return stream.response;
});
