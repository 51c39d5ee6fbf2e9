/** The same event as a message and as a task. */
export function QueueOrTask() {
  return (
    <section aria-labelledby="queue-or-task">
      <h2 id="queue-or-task" className="font-semibold text-lg tracking-tight">
        Message queue or task queue?
      </h2>
      <p className="mt-1 max-w-2xl text-muted text-sm">
        The same event, a tweet to a million followers, can be told in two ways.
      </p>
      <div className="mt-4 grid gap-4 md:grid-cols-2">
        <Telling
          title="As a message"
          body={'{ "tweetId": 2111, "chunk": 17 }'}
          points={[
            'Says what is to be known. Whoever receives it decides what to do.',
            'Ids only, a few dozen bytes; what they mean is read from the ledger when it is handled, so it cannot be out of date.',
            'The broker knows three things: waiting, handed out, acknowledged. It cannot be asked how far it is, or told to stop.',
          ]}
        />
        <Telling
          title="As a task"
          body={'deliverTweet(2111) → 421,000 of 1,000,000'}
          points={[
            'Says what is to be done, and is asked about: state, progress, attempts, result, cancel, when.',
            'Somebody has to remember all that. A task queue is a message queue with such a memory beside it.',
            'A broker’s own memory of tasks goes with the broker, and every broker counts attempts differently.',
          ]}
        />
      </div>
      <p className="mt-4 max-w-2xl text-sm leading-relaxed">
        Here the broker carries messages, and the ledger in Postgres is the memory: a fan-out has a state, a
        progress, attempts, and can be cancelled and retried, on any of the three brokers alike. That is why
        they can be exchanged by one variable.
      </p>
    </section>
  );
}

function Telling({ title, body, points }: { title: string; body: string; points: string[] }) {
  return (
    <div className="card p-4">
      <h3 className="font-semibold">{title}</h3>
      <p className="mt-2 break-words rounded-lg bg-canvas px-3 py-2 font-mono text-sm">{body}</p>
      <ul className="mt-3 list-disc space-y-1.5 pl-5 text-muted text-sm leading-relaxed">
        {points.map((point) => (
          <li key={point}>{point}</li>
        ))}
      </ul>
    </div>
  );
}
