import type { DemoAccount } from './account.ts';

export const popular: DemoAccount = {
  handle: 'kofi_cooks',
  name: 'Kofi Asante-Bell',
  bio: 'Pots, smoke and patience. Accra by birth, Leeds by accident. Recipes that fit in one tweet.',
  role: 'popular',
  joinedDaysAgo: 2_644,
  followers: () => 8_412,
  follows: [
    'maren_tveit',
    'ximena_valcourt',
    'salma_attar',
    'pilar_quispe',
    'brackwater_now',
    'anjali_orbits',
    'tevita_tides',
  ],
  followsAuthors: [2, 5, 21],
  tweets: [
    {
      hoursAgo: 0.3,
      text: 'Plantain test: press it with your thumb. If it apologises, wait a day. If it gives in at once, fry it now.',
    },
    {
      hoursAgo: 2.2,
      text: 'Jollof in one tweet: blend 3 tomatoes, 2 peppers, 1 onion, 1 scotch bonnet. Fry it until the oil comes back up. Then rice, stock, lid on. Do not stir. Do NOT stir.',
    },
    {
      hoursAgo: 6.9,
      text: 'Somebody asked where the measurements are. My friend, your hand is the measurement.',
    },
    {
      hoursAgo: 19.5,
      text: 'Burnt the first pot, served the second, hid the evidence. Twenty years a professional.',
    },
    {
      hoursAgo: 25,
      text: 'My mother rang to say the soup in the picture “looks thin”. Eight thousand people saw it and only one was brave.',
    },
    {
      hoursAgo: 31.7,
      text: 'Bakers are people who weigh things. Cooks are people who taste things. I married a baker and we keep two kitchens.',
    },
    { hoursAgo: 49.1, text: 'Salt your water until it is embarrassed.' },
    {
      hoursAgo: 68.3,
      text: 'Market at five this morning. The woman with the good ginger winked at me and put an extra root in the bag. I have never felt so chosen.',
    },
    { hoursAgo: 74.8, text: 'Leftover rice is not leftover. It is tomorrow, waiting.' },
    {
      hoursAgo: 98.6,
      text: 'Tonight I teach fourteen teenagers to chop onions. Bring tissues. Not for the onions, they read their poems out afterwards.',
    },
    {
      hoursAgo: 119.2,
      text: 'Cast iron is a pet. Feed it oil, keep it dry, never leave it in the sink overnight, and it will outlive you.',
    },
    {
      hoursAgo: 141.9,
      text: 'If a recipe says “cook the onions for five minutes”, the writer has either lied to you or never met an onion.',
    },
  ],
};
