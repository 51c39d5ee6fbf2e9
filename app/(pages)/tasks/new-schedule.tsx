'use client';

import { type SubmitEvent, useEffect, useId, useState } from 'react';
import { addSchedule } from '#app/browser/api.ts';
import { type FieldProblems, fieldProblems } from '#app/browser/http.ts';

type Props = { account: string; added(): Promise<unknown> };

const EMPTY = { name: '', cron: '*/5 * * * *', timeZone: 'UTC' };

/** Adds a schedule that counts trends by a cron expression; the server says which field is wrong. */
export function NewSchedule({ account, added }: Props) {
  const [fields, setFields] = useState(EMPTY);
  const [problems, setProblems] = useState<FieldProblems>({});
  const [message, setMessage] = useState('');
  const change = (changed: Partial<typeof EMPTY>) => setFields((before) => ({ ...before, ...changed }));
  useEffect(() => {
    const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
    setFields((before) => ({ ...before, timeZone }));
  }, []);
  const add = async (event: SubmitEvent) => {
    event.preventDefault();
    setMessage('');
    try {
      await addSchedule({ ...fields, kind: 'trends' }, account);
      setProblems({});
      setMessage(`${fields.name} added.`);
      change({ name: '' });
      await added();
    } catch (error) {
      setProblems(fieldProblems(error, Object.keys(EMPTY)));
    }
  };
  return (
    <details className="mt-1 border-t pt-3">
      <summary className="font-medium text-sm">Count trends on a schedule of your own</summary>
      <form
        onSubmit={add}
        aria-label="New schedule"
        className="mt-3 grid gap-x-3 sm:grid-cols-[1fr_1fr_1fr_auto] sm:items-start"
      >
        <Field label="Name" value={fields.name} change={(name) => change({ name })} problem={problems.name} />
        <Field
          label="Cron expression"
          value={fields.cron}
          change={(cron) => change({ cron })}
          problem={problems.cron}
        />
        <Field
          label="Time zone"
          value={fields.timeZone}
          change={(timeZone) => change({ timeZone })}
          problem={problems.timeZone}
        />
        <button type="submit" className="button sm:mt-6">
          Add
        </button>
        <p role="alert" className="text-bad text-xs sm:col-span-full">
          {problems.form}
        </p>
        <p role="status" className="text-muted text-xs sm:col-span-full">
          {message}
        </p>
      </form>
    </details>
  );
}

type FieldProps = {
  label: string;
  value: string;
  change(value: string): void;
  problem: string | undefined;
};

function Field({ label, value, change, problem }: FieldProps) {
  const id = useId();
  return (
    <div className="min-w-0">
      <label htmlFor={id} className="block font-medium text-sm">
        {label}
      </label>
      <input
        id={id}
        required
        value={value}
        autoComplete="off"
        spellCheck={false}
        aria-invalid={problem !== undefined}
        aria-describedby={`${id}-problem`}
        onChange={(event) => change(event.target.value)}
        className="mt-1 h-9 w-full rounded-lg border bg-surface px-2 text-sm aria-invalid:border-bad"
      />
      <p id={`${id}-problem`} role="alert" className="min-h-5 break-words text-bad text-xs">
        {problem}
      </p>
    </div>
  );
}
