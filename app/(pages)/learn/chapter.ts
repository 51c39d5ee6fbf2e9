import type { Part } from './statement.ts';

const afterwards: Part = {
  title: 'Not now, but surely',
  statements: [
    {
      id: 'after-the-answer',
      title: 'The answer does not wait for the work',
      text: 'Some work takes too long to wait for. The request only writes down what was asked for, and answers. The work is done afterwards. Post a tweet: the answer takes as long for a dozen followers as for a million.',
      widget: 'post',
      experiments: [],
      more: ['no-worker'],
    },
    {
      id: 'a-job-has-a-status',
      title: 'A job is published, and has a status',
      text: 'What was asked for becomes a job in a queue. Whoever asked gets an address, and can read there how far it is: accepted, on its way, done. So nobody holds a connection open, and a closed page loses nothing.',
      experiments: ['step-by-step'],
      more: [],
    },
    {
      id: 'taken-done-acknowledged',
      title: 'A worker takes it, does it, and says so last',
      text: 'A worker takes a job, does it, and only then tells the queue to forget it. A worker that dies before that has told nothing, so another one gets the same job. Watch your tweet until everybody has it.',
      widget: 'delivery',
      experiments: [],
      more: ['worker-killed', 'worker-frozen', 'deploy-under-load', 'poison-tweet'],
    },
    {
      id: 'nobody-is-blocked',
      title: 'You see it at once, others a little later',
      text: 'You have just pressed the button, so your tweet must stand in your own timeline now. Your followers did not know that it was coming: a moment later is soon enough. Only what may wait has to wait.',
      experiments: ['shown-at-once'],
      more: [],
    },
  ],
};

const brokers: Part = {
  title: 'Who carries the messages',
  statements: [
    {
      id: 'redis-can-forget',
      title: 'Redis is simple, and can forget',
      text: 'Redis is one small server, and most people have it already. It keeps messages in memory first. If it is killed before a message is on disk, it comes back without that message, and does not know that anything is missing.',
      experiments: ['queue-in-memory'],
      more: ['queue-on-disk', 'queue-killed'],
      recorded: {
        bench: 'brokers',
        figures: [
          {
            name: 'messages lost by a kill, with its append-only file',
            figure: 'lost_append_only_on',
            unit: '',
          },
          { name: 'without the file', figure: 'lost_append_only_off', unit: '' },
        ],
      },
    },
    {
      id: 'the-promise-is-elsewhere',
      title: 'So the promise is kept elsewhere',
      text: 'A message may be lost. A promise may not. The promise is a row in the database, written together with the tweet. What is not done in time is published again. The broker only makes it fast.',
      experiments: ['queue-emptied'],
      more: ['broker-cut-off', 'postgres-restarted', 'random-faults'],
    },
    {
      id: 'nodes-of-your-own',
      title: 'RabbitMQ speaks a protocol, on nodes of your own',
      text: 'It confirms a message once most of its nodes hold it. In return your program must speak AMQP, and somebody must run the nodes. One node may fail. When most have failed, RabbitMQ stops, because it would have to guess.',
      experiments: ['rabbitmq-nodes'],
      more: [],
      recorded: {
        bench: 'brokers',
        figures: [
          { name: 'messages lost by a cut link, with confirms', figure: 'lost_confirms_on', unit: '' },
          { name: 'without confirms', figure: 'lost_confirms_off', unit: '' },
          { name: 'memory of an empty server', figure: 'rabbitmq_memory_idle_mb', unit: 'MB' },
        ],
      },
    },
    {
      id: 'hosted-and-far',
      title: 'Amazon SQS is hosted, and further away',
      text: 'You run no server, and it holds as much as you like. But every message crosses a network, and every call costs time. A fan-out hardly feels it when one message stands for thousands of followers.',
      experiments: ['hosted-queue'],
      more: [],
      recorded: {
        bench: 'brokers',
        figures: [
          { name: 'publish to handler p50, SQS’ stand-in', figure: 'sqs_latency_p50_ms', unit: 'ms' },
          { name: 'Redis', figure: 'bullmq_latency_p50_ms', unit: 'ms' },
          { name: 'a tweet to {followers}, SQS’ stand-in', figure: 'sqs_seconds', unit: 's' },
          { name: 'Redis', figure: 'bullmq_seconds', unit: 's' },
        ],
      },
    },
    {
      id: 'at-least-once',
      title: 'At least once means sometimes twice',
      text: 'A broker that hears no acknowledgement cannot know whether the work was done, so it delivers again. The effect must not happen again. A receipt, written in the same step as the effect, makes a second delivery harmless.',
      experiments: ['delivered-twice', 'without-receipt'],
      more: [],
      recorded: {
        bench: 'brokers',
        figures: [
          { name: 'entries twice, with receipts', figure: 'bullmq_twice_with_receipt', unit: '' },
          { name: 'without', figure: 'bullmq_twice_without_receipt', unit: '' },
        ],
      },
    },
  ],
};

const tasks: Part = {
  title: 'Work that has a name',
  statements: [
    {
      id: 'in-advance',
      title: 'Work can be done before anybody asks',
      text: 'What many people will read can be computed once, before they ask. Trends are counted now and then, and home timelines are lists that only have to be read. Reading is fast then, and what people read is a little old.',
      experiments: ['in-advance-or-at-read'],
      more: ['timelines-emptied'],
    },
    {
      id: 'a-task-carries-its-data',
      title: 'A task carries its data and runs in the background',
      text: 'A message says that something happened. A task says what is to be done, and with what. It has a state and attempts, and it has a result that stands beside it. Ask for one and watch it.',
      widget: 'task',
      experiments: [],
      more: [],
      recorded: {
        bench: 'tasks',
        figures: [
          { name: 'from asking to the first line of a task, p50', figure: 'ours_latency_p50_ms', unit: 'ms' },
        ],
      },
    },
    {
      id: 'later-means-later',
      title: 'It can be scheduled',
      text: 'A queue is bad at holding things for long. What is due later is a row with a date, which becomes a message when its time has come. Neither restarts nor the broker matter.',
      widget: 'schedule',
      experiments: [],
      more: [],
      recorded: {
        bench: 'tasks',
        figures: [
          {
            name: 'the last of many tasks, each with its own time, left late by',
            figure: 'spread_left_last_ms',
            unit: 'ms',
          },
        ],
      },
    },
    {
      id: 'heavy-with-a-result',
      title: 'It can be heavy, and bring its result',
      text: 'Heavy work gets a thread of its own, tells how far it is, and can be cancelled. When its worker dies, another one begins again, and the result is written once. Whoever asked reads it whenever they come back.',
      experiments: ['scheduled-heavy-result'],
      more: [],
      recorded: {
        bench: 'tasks',
        figures: [
          { name: 'a killed worker’s task is done after, here', figure: 'recovery_ours_s', unit: 's' },
          { name: 'Celery', figure: 'recovery_celery_s', unit: 's' },
        ],
      },
    },
    {
      id: 'message-or-task',
      title: 'The same event, as a message and as a task',
      text: 'As a message it is cheap, and nobody can ask about it later. As a task it costs a row, and has a state, a date, a result and an end. Take the cheaper one that answers your questions.',
      experiments: ['message-or-task-queue'],
      more: [],
    },
    {
      id: 'celery-is-the-measure',
      title: 'Celery is the measure',
      text: 'It is what most people compare a task queue with: tasks, schedules, retries, chains, results. The same work on the same machine says what the tasks here cost, and what a killed worker costs in each.',
      experiments: ['against-celery'],
      more: [],
      recorded: {
        bench: 'tasks',
        figures: [
          { name: 'no-op tasks, here', figure: 'ours_noop_per_s', unit: '/s' },
          { name: 'Celery', figure: 'celery_noop_per_s', unit: '/s' },
        ],
      },
    },
  ],
};

const pressure: Part = {
  title: 'When too much comes',
  statements: [
    {
      id: 'more-than-memory',
      title: 'A queue that outgrows memory gets slow',
      text: 'A queue is fast while it is short and in memory. When it outgrows memory, a broker writes to disk, refuses, or dies, each in its own way. Find the place where the line bends.',
      experiments: ['more-than-memory'],
      more: [],
      recorded: {
        bench: 'brokers',
        figures: [
          {
            name: 'memory with {messages} messages waiting, Redis',
            figure: 'bullmq_memory_full_mb',
            unit: 'MB',
          },
          { name: 'RabbitMQ', figure: 'rabbitmq_memory_full_mb', unit: 'MB' },
        ],
      },
    },
    {
      id: 'a-queue-is-bounded',
      title: 'So it has a bound',
      text: 'Without a bound everybody is accepted and nobody is served: the line grows for as long as more comes than goes, and each waits longer than the one before. See it fail. Below is how full this system is now.',
      widget: 'back-pressure',
      experiments: ['no-limit'],
      more: [],
    },
    {
      id: 'come-back-later',
      title: 'Full means 503, and come back later',
      text: 'A full system says so at once: 503, with a time to come back. The client keeps the text and tries again, waiting longer each time. A random part in each wait keeps clients from all coming back together.',
      experiments: ['backoff-jitter'],
      more: [],
    },
    {
      id: 'what-is-in-keeps-its-pace',
      title: 'What is in keeps its pace',
      text: 'That is what refusing is for. Whoever was accepted is served in the time that was promised, and as much is done as without overload. Being refused early is kinder than waiting in vain.',
      experiments: ['with-limit'],
      more: ['celebrity-first', 'one-lane', 'two-lanes'],
    },
  ],
};

const without: Part = {
  title: 'When not to queue',
  statements: [
    {
      id: 'cheap-work',
      title: 'Cheap work is better done at once',
      text: 'A queue costs a message, a worker and a wait. For a few followers the request delivers faster than it could hand the work over. Race both ways, and find the size from which the queue wins, on this machine.',
      experiments: ['request-or-queue'],
      more: ['race-on-a-stage'],
    },
    {
      id: 'right-now',
      title: 'What must be seen now does not queue',
      text: 'A like, or a dot that says who is online, is worth little a second later and costs next to nothing to write. A queue makes it late, and in an overload very late. Do it directly.',
      experiments: ['when-not-to-queue'],
      more: [],
    },
    {
      id: 'what-a-queue-costs',
      title: 'Little’s law tells what a queue costs',
      text: 'What waits is what arrives in a second, times how long it waits. Any two of these give the third. The law holds only while as much goes out as comes in. In a line that grows, nobody can promise a waiting time.',
      widget: 'law',
      experiments: ['littles-law'],
      more: [],
    },
  ],
};

/** The chapter on asynchronism in our own words, in its order. No text holds a figure, because figures are measured. */
export const CHAPTER: Part[] = [afterwards, brokers, tasks, pressure, without];

export const STATEMENTS = CHAPTER.flatMap((part) => part.statements);
