import { CHUNK_SIZE } from '#core/chunk-size.ts';
import type { DemoAccount } from './account.ts';

/** Has as many followers as one chunk holds, so a tweet is delivered on the spot, in one call. */
export const oneChunk: DemoAccount = {
  handle: 'tevita_tides',
  name: 'Tevita Fonoti',
  bio: 'Harbour pilot, weekend surfer. I know where the sandbar was yesterday.',
  role: 'one chunk',
  joinedDaysAgo: 1_580,
  followers: () => CHUNK_SIZE,
  follows: ['kofi_cooks', 'ximena_valcourt', 'pilar_quispe', 'oksana_bakes'],
  followsAuthors: [12],
  tweets: [
    {
      hoursAgo: 2.9,
      text: 'Swell 1.8 m at 14 seconds, light offshore. I have called in to say that I am working, which is technically true of the sea.',
    },
    { hoursAgo: 10.2, text: 'Brought in a ship 300 m long by asking it nicely and starting an hour ago.' },
    {
      hoursAgo: 22.1,
      text: 'The sandbar has moved again. It did not tell the chart. It never tells the chart.',
    },
    {
      hoursAgo: 34.5,
      text: 'My niece stood up on her first wave and then looked round to see who had done it.',
    },
    {
      hoursAgo: 48.9,
      text: 'Captain: “Is there enough water under us?” Me: “There is exactly enough.” Very long silence.',
    },
    { hoursAgo: 66.4, text: 'Low tide at dawn. You can walk out to the wreck and knock.' },
    { hoursAgo: 89.9, text: 'Never turn your back on the ocean, and never lend it your good sunglasses.' },
    {
      hoursAgo: 122.8,
      text: 'Night pilotage, no wind, stars on the water above and below. For ten minutes we were parked in space.',
    },
    {
      hoursAgo: 144.5,
      text: 'Waxed the board, taped the fin, forgot the wetsuit. Seven minutes in the water. Would do it again.',
    },
  ],
};
