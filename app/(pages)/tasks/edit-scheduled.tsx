'use client';

import { type SubmitEvent, useId, useState } from 'react';
import type { TaskView } from '#api/contract.ts';
import { editScheduled } from '#app/browser/api.ts';
import { type FieldProblems, fieldProblems } from '#app/browser/http.ts';
import { PostTime } from '#app/ui/post-time.tsx';
import { textOf } from '#app/ui/task-words.ts';
import { fromField, toField } from '#app/ui/zoned-time.ts';
import { scheduleTimeProblem } from '#core/tweets/schedule-time.ts';
import { tweetTextProblem } from '#core/tweets/tweet-text.ts';

type Props = { tweet: TaskView; account: string; saved(task: TaskView): void; close(): void };

/** Changes the text or the time of a tweet that has not been posted. */
export function EditScheduled({ tweet, account, saved, close }: Props) {
  const id = useId();
  const [text, setText] = useState(() => textOf(tweet));
  const [at, setAt] = useState(() => toField(new Date(tweet.dueAt)));
  const [problems, setProblems] = useState<FieldProblems>({});
  const [busy, setBusy] = useState(false);
  const save = async (event: SubmitEvent) => {
    event.preventDefault();
    const scheduledFor = fromField(at);
    const wrong = problemsOf(text, scheduledFor);
    setProblems(wrong);
    if (Object.keys(wrong).length > 0) return;
    setBusy(true);
    try {
      const { task } = await editScheduled(tweet.id, { text, scheduledFor, account });
      saved(task);
      close();
    } catch (error) {
      setProblems(fieldProblems(error, ['text', 'scheduledFor']));
      setBusy(false);
    }
  };
  return (
    <form onSubmit={save} aria-label={`Edit tweet ${tweet.id}`} className="grid gap-2">
      <label htmlFor={`${id}-text`} className="font-medium text-sm">
        Text
      </label>
      <textarea
        id={`${id}-text`}
        dir="auto"
        rows={3}
        value={text}
        onChange={(event) => setText(event.target.value)}
        aria-invalid={problems.text !== undefined}
        aria-describedby={`${id}-text-problem`}
        className="field-sizing-content min-h-20 w-full rounded-lg border bg-surface p-2 text-sm aria-invalid:border-bad"
      />
      <p id={`${id}-text-problem`} role="alert" className="min-h-5 text-bad text-xs">
        {problems.text}
      </p>
      <PostTime value={at} change={setAt} problem={problems.scheduledFor ?? problems.form ?? null} />
      <div className="flex justify-end gap-2">
        <button type="button" onClick={close} className="button">
          Leave it as it is
        </button>
        <button type="submit" disabled={busy} className="button button-primary">
          Save
        </button>
      </div>
    </form>
  );
}

function problemsOf(text: string, scheduledFor: Date): FieldProblems {
  const [wrongText, wrongTime] = [tweetTextProblem(text), scheduleTimeProblem(scheduledFor)];
  return { ...(wrongText && { text: wrongText }), ...(wrongTime && { scheduledFor: wrongTime }) };
}
