import type { DemoAccount } from './account.ts';

/** Nothing written yet and a single follower: the empty states, and the smallest fan-out that delivers anything. */
export const newcomer: DemoAccount = {
  handle: 'ruben_arrives',
  name: 'Ruben Achterkamp',
  bio: '',
  role: 'newcomer',
  joinedDaysAgo: 2,
  followers: () => 1,
  follows: ['kofi_cooks', 'ximena_valcourt', 'brackwater_now'],
  followsAuthors: [],
  tweets: [],
};
