import type { DemoAccount } from './account.ts';

export const ordinary: DemoAccount = {
  handle: 'maren_tveit',
  name: 'Maren Tveit',
  bio: 'I mend bicycles in a cellar by the fish market. Rain is not an excuse, it is a customer.',
  role: 'ordinary',
  joinedDaysAgo: 1_912,
  followers: () => 12,
  follows: [
    'kofi_cooks',
    'ximena_valcourt',
    'salma_attar',
    'pilar_quispe',
    'brackwater_now',
    'anjali_orbits',
    'tevita_tides',
    'oksana_bakes',
  ],
  followsAuthors: [1, 3, 8, 40],
  tweets: [
    {
      hoursAgo: 0.7,
      text: 'Third flat tyre this morning with the same brand of glass in it. Whoever drops the bottles: I know your taste in lemonade now.',
    },
    {
      hoursAgo: 3.4,
      text: 'A boy asked whether I could make his brakes less loud. I said I can make them quiet or I can make them work. He is thinking about it.',
    },
    {
      hoursAgo: 8.1,
      text: 'Rode home along the quay. Two hundred metres of completely dry asphalt. I told my sister and she did not believe me.',
    },
    {
      hoursAgo: 22.5,
      text: 'Does anyone have a 1970s three-speed hub with the shifter? I pay in coffee and in gratitude.',
    },
    { hoursAgo: 27.2, text: 'The parcel said “tools”. It was forty left pedals. Forty.' },
    {
      hoursAgo: 46.8,
      text: 'Customer: “It only squeaks uphill.” Me, pushing it uphill for half an hour: it does not squeak. Customer, on the bike: squeak.',
    },
    {
      hoursAgo: 52.3,
      text: 'Made @kofi_cooks’ groundnut soup for eight people. Seven asked for more. The eighth is four years old and asked for a sausage.',
    },
    {
      hoursAgo: 71,
      text: 'New sign on the door: “If the light is on I am here. If it is off I am also here, but under something.”',
    },
    {
      hoursAgo: 95.6,
      text: 'Found my own initials scratched into a frame that I sold in 2009. It came back without a scratch otherwise. Proud of you, old thing.',
    },
    {
      hoursAgo: 120.4,
      text: 'Learning to true a wheel by ear. The radio has to be off. The neighbours think I have been robbed.',
    },
  ],
};
