import { CHUNK_SIZE } from '#core/chunk-size.ts';
import type { DemoAccount } from './account.ts';

/** Has one follower more than a chunk holds, so a tweet is planned, published and delivered in two chunks. */
export const twoChunks: DemoAccount = {
  handle: 'oksana_bakes',
  name: 'Oksana Lysohir',
  bio: 'Rye, poppy seed, cherries. The oven is lit at three. Children, please stop naming the sourdough.',
  role: 'two chunks',
  joinedDaysAgo: 1_266,
  followers: () => CHUNK_SIZE + 1,
  follows: ['maren_tveit', 'ximena_valcourt', 'brackwater_now', 'tevita_tides'],
  followsAuthors: [10],
  tweets: [
    {
      hoursAgo: 1.6,
      text: 'Poppy seed rolls are out. There were ninety. There are now, I am looking, eleven.',
    },
    {
      hoursAgo: 11.3,
      text: 'The sourdough is called Bohdan. I was outvoted by people under the age of nine.',
    },
    {
      hoursAgo: 23.7,
      text: 'A man bought one bun, left, came back, bought six, left, came back, and asked whether I am hiring.',
    },
    {
      hoursAgo: 35.2,
      text: 'Flour in my hair, flour in my tea, flour in the till. The tax office will get a pastry.',
    },
    { hoursAgo: 50.8, text: 'Grandmother’s cherry pie has no recipe, only a smell at which you stop.' },
    {
      hoursAgo: 67.5,
      text: 'At three in the morning it is me, the baker across the river, and the fox. We all leave our lights on for one another.',
    },
    { hoursAgo: 94.2, text: 'Rye needs three days. You can hurry it. It will know.' },
    {
      hoursAgo: 114.6,
      text: 'Wedding cake, four tiers, second floor, no lift, two brothers of the bride. We lost a sugar rose and gained a friend.',
    },
    { hoursAgo: 142.3, text: 'Bread of the day: caraway. Opinion of the day: caraway is an opinion.' },
  ],
};
