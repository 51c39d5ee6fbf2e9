import type { DemoAccount } from './account.ts';

export const celebrity: DemoAccount = {
  handle: 'ximena_valcourt',
  name: 'Ximena Valcourt',
  bio: 'Singer. Four albums, one good winter coat. The tour is long and the bus is slow.',
  role: 'celebrity',
  joinedDaysAgo: 3_310,
  followers: (celebrity) => celebrity,
  follows: ['kofi_cooks', 'pilar_quispe', 'anjali_orbits'],
  followsAuthors: [1, 2],
  tweets: [
    {
      hoursAgo: 0.5,
      text: 'Soundcheck. There is a pigeon in the lighting rig and it knows every word of the second verse.',
    },
    {
      hoursAgo: 4.6,
      text: 'To whoever threw the mitten: I have it, it is beautiful, and I need the other one.',
    },
    {
      hoursAgo: 15.8,
      text: 'Last night you sang so loudly that I stopped and listened. I am paid for this and you do it for nothing. Thank you.',
    },
    {
      hoursAgo: 23.1,
      text: 'New song on Friday. It is about my grandmother’s stairs. It is also about everything else.',
    },
    {
      hoursAgo: 39.4,
      text: 'Six hours on the bus. The drummer has taught us a card game whose rules change when he is losing.',
    },
    {
      hoursAgo: 47.5,
      text: 'I wrote a chorus on the back of a parking ticket. Now I have to pay the parking ticket to get the chorus back.',
    },
    {
      hoursAgo: 63.2,
      text: 'No encore tonight, my voice is a paper bag. You were lovely about it. I owe this town two songs.',
    },
    {
      hoursAgo: 70.9,
      text: 'Somebody in row four held up a sign that said “my mother is in hospital, sing the quiet one”. We sang the quiet one.',
    },
    {
      hoursAgo: 90.3,
      text: 'People ask what I do before going on. I eat half a banana and lose the other half.',
    },
    { hoursAgo: 112.7, text: 'Day off. I went to the sea, and the sea did not ask for a photograph.' },
  ],
};
