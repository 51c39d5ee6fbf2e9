import { streamPosts } from '#api/live/delivery-topic.ts';
import type { EventStream } from '#api/live/event-stream.ts';
import { streamHome } from '#api/live/home-topic.ts';
import { streamAllTasks, streamSchedules, streamTasks } from '#api/live/tasks-topic.ts';
import type { Topic } from '#api/live/topics.ts';
import { streamTweet } from '#api/live/tweet-topic.ts';
import type { Web } from '#api/root.ts';
import type { SessionAccount } from '#api/session.ts';
import { viewerOf } from '#api/visible-tasks.ts';
import { isOperator } from '#core/accounts/operators.ts';
import { SECOND } from '#core/durations.ts';

type Asked = {
  /** The event id that the browser heard last. */
  since: number | null;
  /** Whether the request bears METRICS_TOKEN. */
  token: boolean;
};

const BEAT = 5 * SECOND; // the browser reconnects when two are missing

/** Feeds a stream with its topics until it ends. A topic that cannot start ends the stream: the browser tries again. */
export function carry(
  web: Web,
  stream: EventStream,
  { topics, ...asked }: Asked & { topics: Topic[] },
): void {
  beat(stream);
  const timer = setInterval(() => beat(stream), BEAT);
  stream.onEnd(() => clearInterval(timer));
  for (const topic of topics) start(web, stream, { topic, ...asked }).catch(() => stream.end());
}

const beat = (stream: EventStream) => stream.send('beat', { at: new Date().toISOString() });

async function start(
  sources: Web,
  stream: EventStream,
  { topic, since, token }: Asked & { topic: Topic },
): Promise<void> {
  switch (topic.kind) {
    case 'posts':
      return streamPosts(stream, sources, topic.account.id);
    case 'home':
      return streamHome(stream, sources, { account: topic.account, since });
    case 'tasks':
      return streamTasks(stream, sources, lookingAs(sources, topic.account));
    case 'all-tasks':
      return streamAllTasks(stream, sources, lookingAs(sources, topic.account));
    case 'schedules':
      return streamSchedules(stream, sources);
    case 'delivery':
      return streamTweet(stream, sources, topic.tweetId);
    case 'status':
      return stream.onEnd(sources.status.listen((status) => stream.send('status', status)));
    case 'console':
      return streamConsole(stream, sources, token || mayInspect(sources, topic.account));
    case 'lab':
      return stream.onEnd(
        sources.lab.listen((state) => stream.send('lab', { state, at: new Date().toISOString() })),
      );
    case 'stage':
      return stream.onEnd(sources.lab.listenToStage((figures) => stream.send('stage', { figures })));
    case 'invariants':
      return stream.onEnd(sources.invariants.listen((view) => stream.send('invariants', view)));
    case 'race':
      return stream.onEnd(sources.lab.watchRace((race) => stream.send('race', race)));
  }
}

const lookingAs = (web: Web, account: SessionAccount) => ({ account, viewer: viewerOf(web, account) });

const mayInspect = ({ config }: Web, account: SessionAccount | null): boolean =>
  account !== null && isOperator(config, account);

/** Adds what is for operators only where the viewer may see it. Others get an event without it. */
function streamConsole(stream: EventStream, { console }: Web, inspects: boolean): void {
  stream.onEnd(
    console.listen(({ view, internals }) => stream.send('console', inspects ? { ...view, internals } : view)),
  );
}
