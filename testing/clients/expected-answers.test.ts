import { expect, it } from 'vitest';
import { wrongAnswers } from './expected-answers.ts';

const answer = (path: string, json: unknown, status = 200) => ({
  ...{ method: 'GET', path, status },
  json: JSON.stringify(json),
});

const relationship = {
  ...{ id: '1', note: '', languages: null },
  ...{ following: true, followed_by: false, blocking: false, blocked_by: false, muting: false },
  ...{ muting_notifications: false, requested: false, domain_blocking: false, showing_reblogs: true },
  ...{ endorsed: false, notifying: false },
};

it('finds nothing wrong with what the client expects, and more beside it', () => {
  const more = { ...relationship, requested_by: false };
  expect(wrongAnswers([answer('/api/v1/accounts/relationships/?id[]=1', [more])])).toEqual([]);
  expect(wrongAnswers([answer('/api/v1/accounts/1', { error: 'Record not found' }, 404)])).toEqual([]);
});

it.each([
  ['a field that is missing', [{ ...relationship, following: undefined }], /following/],
  ['a field of another type', [{ ...relationship, id: 1 }], /id/],
  ['another kind of answer', {}, /expected array/],
])('finds %s', (_what, json, said) => {
  expect(wrongAnswers([answer('/api/v1/accounts/relationships', json)])).toEqual([
    expect.stringMatching(said),
  ]);
});

it('finds an answer that it does not know, no JSON, and a refusal that says nothing', () => {
  const [unknown, page, silent] = [
    answer('/api/v1/x', {}),
    { ...answer('/api/v1/instance', 0), json: null },
    answer('/api/v1/x', {}, 422),
  ];
  expect(wrongAnswers([unknown, page, silent])).toHaveLength(3);
});
