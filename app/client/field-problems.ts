import { ProblemError } from './http.ts';

/** What is wrong with each field of a form, by its name; what belongs to no field is under `form`. */
export type FieldProblems = Readonly<Record<string, string>>;

/** Takes a refusal apart, so that each part of it stands at its field. `fields` are those that the form has. */
export function fieldProblems(error: unknown, fields: readonly string[]): FieldProblems {
  if (!(error instanceof ProblemError)) return { form: 'The server did not answer. Try again.' };
  const { errors = [], detail } = error.problem;
  const known = errors.filter(({ field }) => fields.includes(field));
  if (known.length === 0) return { form: detail };
  return Object.fromEntries(known.map(({ field, message }) => [field, message]));
}
