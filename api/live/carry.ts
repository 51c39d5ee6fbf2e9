import { streamDelivery, streamPosts } from '#api/live/delivery-topic.ts';
import type { EventStream } from '#api/live/event-stream.ts';
import { streamHome } from '#api/live/home-topic.ts';
import { streamAllTasks, streamSchedules, streamTasks } from '#api/live/tasks-topic.ts';
import type { Topic } from '#api/live/topics.ts';
import type { Web } from '#api/root.ts';

const BEAT = 5_000; // ms; the browser reconnects when two are missing

/** Feeds a stream with its topics until it ends. A topic that cannot start ends the stream: the browser tries again. */
export function carry(
  web: Web,
  stream: EventStream,
  { topics, since }: { topics: Topic[]; since: number | null },
): void {
  beat(stream);
  const timer = setInterval(() => beat(stream), BEAT);
  stream.onEnd(() => clearInterval(timer));
  for (const topic of topics) start(web, stream, { topic, since }).catch(() => stream.end());
}

const beat = (stream: EventStream) => stream.send('beat', { at: new Date().toISOString() });

async function start(
  sources: Web,
  stream: EventStream,
  { topic, since }: { topic: Topic; since: number | null },
): Promise<void> {
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
    case 'lab':
      return stream.onEnd(
        sources.lab.listen((state) => stream.send('lab', { state, at: new Date().toISOString() })),
      );
    case 'invariants':
      return stream.onEnd(sources.invariants.listen((view) => stream.send('invariants', view)));
  }
}
