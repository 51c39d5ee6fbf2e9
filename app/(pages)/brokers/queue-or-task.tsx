/** The same event as a message and as a task. */
export function QueueOrTask() {
  return (
    <section aria-labelledby="queue-or-task">
      <h2 id="queue-or-task" className="font-semibold text-lg tracking-tight">
        Message queue or task queue?
      </h2>
      <p className="mt-1 max-w-2xl text-muted text-sm">
        The same event, a tweet to a million followers, can be described in two ways.
      </p>
      <div className="mt-4 grid gap-4 md:grid-cols-2">
        <Description
          title="As a message"
          body={'{ "tweetId": 2111, "chunk": 17 }'}
          points={[
            'States a fact. Whoever receives it decides what to do.',
            'Holds ids only, a few dozen bytes. Their meaning is read from the ledger when the message is handled, so it is never out of date.',
            'The broker knows three states: waiting, handed out, acknowledged. Nobody can ask it how far the work is, or tell it to stop.',
          ]}
        />
        <Description
          title="As a task"
          body={'deliverTweet(2111) → 421,000 of 1,000,000'}
          points={[
            'Names the work to do. People ask for its state, progress, attempts and result. They cancel it and set its time.',
            'Something has to remember all that. A task queue is a message queue with such a memory.',
            'If the broker is that memory, it is lost with the broker, and every broker counts attempts differently.',
          ]}
        />
      </div>
      <p className="mt-4 max-w-2xl text-sm leading-relaxed">
        Here the broker carries messages, and the ledger in Postgres is the memory. A fan-out has a state,
        progress and attempts, and it can be cancelled and retried, the same on all three brokers. That is why
        one variable exchanges them.
      </p>
    </section>
  );
}

function Description({ title, body, points }: { title: string; body: string; points: string[] }) {
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
