import type { DemoAccount } from './account.ts';

/** Has written nothing and has one follower: shows empty pages, and the smallest fan-out that delivers anything. */
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
