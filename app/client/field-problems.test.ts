import { expect, test } from 'vitest';
import { fieldProblems } from './field-problems.ts';
import { LostAnswer, ProblemError } from './http.ts';

const refusal = (errors?: { field: string; message: string }[]) =>
  new ProblemError(
    { type: '', title: '', status: 400, detail: 'All of it', ...(errors && { errors }) },
    null,
  );

test('each part of a refusal stands at its field', () => {
  const error = refusal([
    { field: 'cron', message: 'impossible' },
    { field: 'timeZone', message: 'unknown' },
  ]);
  expect(fieldProblems(error, ['cron', 'timeZone'])).toEqual({ cron: 'impossible', timeZone: 'unknown' });
});

test('what belongs to no field of the form is said below it', () => {
  expect(fieldProblems(refusal([{ field: 'body', message: 'x' }]), ['cron'])).toEqual({ form: 'All of it' });
  expect(fieldProblems(refusal(), ['cron'])).toEqual({ form: 'All of it' });
  expect(fieldProblems(new LostAnswer('gone'), ['cron']).form).toMatch(/did not answer/);
});
