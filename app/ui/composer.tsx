'use client';

import { type KeyboardEvent, type Ref, type SubmitEvent, useId } from 'react';
import { flushSync } from 'react-dom';
import type { AccountView } from '#api/contract.ts';
import { useChunks } from '#app/browser/chunk-size.tsx';
import { type GivenText, useDraft } from '#app/browser/draft.ts';
import { tweetTextProblem } from '#core/tweets/tweet-text.ts';
import { CharactersLeft } from './characters-left.tsx';
import { counted } from './figures.ts';
import { Portrait } from './portrait.tsx';
import { LaterSwitch, ScheduleRow, useSchedule } from './schedule-row.tsx';

type Props = {
  account: AccountView;
  post(text: string): void;
  textarea: Ref<HTMLTextAreaElement>;
  given: GivenText;
};

/** Writes tweets, also while others are on their way. */
export function Composer({ account, post, textarea, given }: Props) {
  const hintId = useId();
  const chunks = useChunks(account.followerCount);
  const [text, setText] = useDraft(account.handle, given);
  const problem = tweetTextProblem(text);
  const schedule = useSchedule(account.handle);
  const later = schedule.at !== null;
  const submit = (event: SubmitEvent | KeyboardEvent) => {
    event.preventDefault();
    if (problem || schedule.busy) return;
    if (later) {
      void schedule.schedule(text, () => setText(''));
      return;
    }
    // Renders at once, so that a second press in the same instant finds nothing to post.
    flushSync(() => {
      setText('');
      post(text);
    });
  };
  return (
    <form
      onSubmit={submit}
      className="grid grid-cols-[2.5rem_minmax(0,1fr)] gap-x-3 border-b px-4 py-4 md:px-6"
    >
      <Portrait handle={account.handle} size={40} />
      <div className="min-w-0">
        <textarea
          ref={textarea}
          aria-label="Your tweet"
          aria-describedby={hintId}
          placeholder="What is happening?"
          dir="auto"
          rows={2}
          value={text}
          readOnly={schedule.busy}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) submit(event);
          }}
          className="field-sizing-content max-h-[50dvh] min-h-14 w-full resize-none rounded-md bg-transparent py-1.5 text-lg leading-snug placeholder:text-muted"
        />
        <ScheduleRow schedule={schedule} />
        <div className="flex flex-wrap items-center justify-end gap-x-4 gap-y-2 border-t pt-3">
          <p id={hintId} className="min-w-0 flex-1 text-balance text-muted text-xs tabular-nums">
            goes to {counted(account.followerCount, 'follower')} · {counted(chunks, 'chunk')}
          </p>
          <div className="flex items-center gap-3">
            <CharactersLeft text={text} />
            <span className="hidden text-muted text-xs sm:inline">
              <kbd className="key">Ctrl</kbd> <kbd className="key">Enter</kbd>
            </span>
            <LaterSwitch schedule={schedule} />
            <button
              type="submit"
              disabled={problem !== null || schedule.busy}
              className="button button-primary min-w-20"
            >
              {later ? 'Schedule' : 'Post'}
            </button>
          </div>
        </div>
      </div>
    </form>
  );
}
