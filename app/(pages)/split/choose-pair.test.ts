import { expect, test } from 'vitest';
import type { AccountView } from '#api/contract.ts';
import { suggestPair } from './choose-pair.ts';

const account = (handle: string, role: string, followingCount: number): AccountView => ({
  id: followingCount,
  handle,
  name: handle,
  bio: '',
  followerCount: 1,
  followingCount,
  role,
  operator: false,
});
const accounts = [
  account('star', 'celebrity', 3),
  account('ada', 'ordinary', 5),
  account('fan', 'follows everybody', 900),
];

test('what the URL says comes first', () => {
  expect(suggestPair(accounts, { author: 'star', follower: 'ada' })).toEqual({
    author: 'star',
    follower: 'ada',
  });
});

test('without a URL the ordinary author writes to whoever follows most', () => {
  expect(suggestPair(accounts, { author: null, follower: null })).toEqual({ author: 'ada', follower: 'fan' });
});

test('an unknown name in the URL is replaced, and nobody stands on both sides', () => {
  expect(suggestPair(accounts, { author: 'fan', follower: 'nobody' })).toEqual({
    author: 'fan',
    follower: 'ada',
  });
});
