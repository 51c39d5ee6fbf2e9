import { count } from '#app/ui/figures.ts';

const KEYS = [
  ['j / k', 'next and previous tweet'],
  ['.', 'show new tweets'],
  ['n', 'write a tweet'],
  ['Ctrl+Enter', 'post it (⌘ Enter on a Mac)'],
  ['a', 'act as somebody else'],
  ['p', 'pause live, go on'],
  ['?', 'this help'],
] as const;

const wordsWith = (chunkSize: number) => [
  ['fan-out', 'the promise to bring one tweet to every follower of its author'],
  ['chunk', `up to ${count(chunkSize)} followers, delivered in one step: all of them or none`],
  ['delivery', 'one entry of one tweet in one home timeline'],
  ['home timeline', 'what you read: the tweets of the people you follow, newest first'],
  [
    'cold',
    'a home timeline that nobody reads: it is not in memory, and is rebuilt with every tweet when its owner comes back',
  ],
  ['receipt', 'what a chunk leaves behind, so that delivering it again adds nothing'],
  ['ledger', 'what was promised and what was done, in Postgres: the truth'],
  ['backlog', 'deliveries promised and not yet done'],
  [
    'task',
    'work that is done later or in the background; it stays in the ledger until a worker has finished it',
  ],
  ['accepted', 'stored for good; it will reach everybody, whatever dies now'],
  ['delivered', 'counted in home timelines, never in finished jobs'],
];

/** Keys and words. The server renders them, so that no browser has to load this text as a program. */
export function HelpWords({ chunkSize }: { chunkSize: number }) {
  return (
    <>
      <h3 className="mb-2 font-medium text-sm">Keys</h3>
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1.5 text-sm">
        {KEYS.map(([key, meaning]) => (
          <div key={key} className="contents">
            <dt>
              <kbd className="key">{key}</kbd>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <h3 className="mt-6 mb-2 font-medium text-sm">Words</h3>
      <dl className="grid gap-2 text-sm">
        {wordsWith(chunkSize).map(([word, meaning]) => (
          <div key={word}>
            <dt className="inline font-medium">{word}: </dt>
            <dd className="inline text-muted">{meaning}</dd>
          </div>
        ))}
      </dl>
      <p className="mt-6 text-sm">
        Programs use the same HTTP interface as these pages: {/* Next does not serve this page */}
        <a href="/docs" className="link">
          its reference
        </a>
        .
      </p>
    </>
  );
}
