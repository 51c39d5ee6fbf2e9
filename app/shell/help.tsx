'use client';

import { QuestionMarkCircledIcon } from '@radix-ui/react-icons';
import { useRef } from 'react';
import { useChunkSize } from '#app/browser/chunk-size.tsx';
import { useShortcut } from '#app/browser/shortcuts.ts';
import { Dialog } from '#app/ui/dialog.tsx';
import { count } from '#app/ui/figures.ts';
import { RAIL_ITEM } from './rail-item.ts';

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
  ['cost', 'what a tweet takes of the limit: its deliveries, and some more for the tweet itself'],
  [
    'task',
    'work that is done later or in the background; it stays in the ledger until a worker has finished it',
  ],
  ['accepted', 'stored for good; it will reach everybody, whatever dies now'],
  ['delivered', 'counted in home timelines, never in finished jobs'],
];

/** Shortcuts, and what the words mean; always the last entry of the rail. */
export function Help() {
  const dialog = useRef<HTMLDialogElement>(null);
  const words = wordsWith(useChunkSize());
  const open = () => dialog.current?.showModal();
  useShortcut('?', open);
  return (
    <>
      <button type="button" aria-haspopup="dialog" onClick={open} className={RAIL_ITEM}>
        <QuestionMarkCircledIcon aria-hidden className="size-4.5" />
        <span>Help</span>
      </button>
      <Dialog dialog={dialog} title="Help">
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
          {words.map(([word, meaning]) => (
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
      </Dialog>
    </>
  );
}
