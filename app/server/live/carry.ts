import 'server-only';
import { streamDelivery, streamPosts } from '#app/server/live/delivery-topic.ts';
import type { EventStream } from '#app/server/live/event-stream.ts';
import { streamHome } from '#app/server/live/home-topic.ts';
import { streamSchedules } from '#app/server/live/schedules-topic.ts';
import { streamAllTasks, streamTasks } from '#app/server/live/tasks-topic.ts';
import type { Topic } from '#app/server/live/topics.ts';
import { web } from '#app/server/root.ts';

const BEAT = 5_000; // ms; the browser reconnects when two are missing

/** Feeds a stream with its topics until it ends. A topic that cannot start ends the stream: the browser tries again. */
export function carry(stream: EventStream, topics: Topic[], since: number | null): void {
  beat(stream);
  const timer = setInterval(() => beat(stream), BEAT);
  stream.onEnd(() => clearInterval(timer));
  for (const topic of topics) start(stream, topic, since).catch(() => stream.end());
}

const beat = (stream: EventStream) => stream.send('beat', { at: new Date().toISOString() });

async function start(stream: EventStream, topic: Topic, since: number | null): Promise<void> {
  const sources = web();
  switch (topic.kind) {
    case 'posts':
      return streamPosts(stream, sources, topic.account.id);
    case 'home':
      return streamHome(stream, sources, { account: topic.account, since });
    case 'tasks':
      return streamTasks(stream, sources, topic.account);
    case 'all-tasks':
      return streamAllTasks(stream, sources, topic.account);
    case 'schedules':
      return streamSchedules(stream, sources);
    case 'delivery':
      return streamDelivery(stream, sources, topic.tweetId);
    case 'status':
      return stream.onEnd(sources.status.listen((status) => stream.send('status', status)));
    case 'console':
      return stream.onEnd(sources.console.listen((view) => stream.send('console', view)));
  }
}
