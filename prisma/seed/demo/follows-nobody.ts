import type { DemoAccount } from './account.ts';

/** Follows nobody and has no followers. Its fan-outs promise nothing, and must still be finished. */
export const followsNobody: DemoAccount = {
  handle: 'edvin_ashore',
  name: 'Edvin Lagerlund',
  bio: 'Lighthouse, retired. So am I. I write here because the logbook is full.',
  role: 'follows nobody',
  joinedDaysAgo: 640,
  followers: () => 0,
  follows: [],
  followsAuthors: [],
  tweets: [
    {
      hoursAgo: 2.6,
      text: 'Wind south-west, force five. Visibility good. Nobody about, which is how I like it.',
    },
    {
      hoursAgo: 14.2,
      text: 'Seal on the slipway again. We looked at each other for a while and then both went about our business.',
    },
    {
      hoursAgo: 26.6,
      text: 'They put a lamp on a timer where I used to be. It has never once been late. It has never once waved either.',
    },
    {
      hoursAgo: 50.2,
      text: 'Painted the north side of the shed. Tomorrow the south side. On Thursday the rain may have its opinion.',
    },
    {
      hoursAgo: 75.3,
      text: 'Forty-one years of logbooks in the kitchen. I looked up the day my daughter was born. “Fog until noon. All well.”',
    },
    { hoursAgo: 99.4, text: 'Fog until noon. All well.' },
    {
      hoursAgo: 123.3,
      text: 'A tanker saluted the old tower this morning. Three long ones. I took it personally.',
    },
    {
      hoursAgo: 146.1,
      text: 'I am told that no one can see what I write here. Good. Neither could they at sea.',
    },
  ],
};
