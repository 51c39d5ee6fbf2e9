import type { DemoAccount } from './account.ts';

export const wellKnown: DemoAccount = {
  handle: 'anjali_orbits',
  name: 'Anjali Deshmukh-Roy',
  bio: 'I look for small moons of large planets. Night shifts, strong tea, slow data.',
  role: 'well known',
  joinedDaysAgo: 2_207,
  followers: (celebrity) => Math.round(celebrity / 4),
  follows: ['kofi_cooks', 'ximena_valcourt', 'salma_attar', 'brackwater_now'],
  followsAuthors: [9, 14],
  tweets: [
    { hoursAgo: 1.4, text: 'Clear sky, no moon, and the dome is stuck. Astronomy is nine parts hinges.' },
    {
      hoursAgo: 6.3,
      text: 'If the light you see tonight left its star when your great-grandmother was a girl, wave. It is only polite.',
    },
    {
      hoursAgo: 16.7,
      text: 'We have a candidate. It is 4 km across, looks like a potato, and I would die for it.',
    },
    {
      hoursAgo: 26.1,
      text: 'Update on the potato: it was a scratch on the detector. I would still die for it.',
    },
    {
      hoursAgo: 40.8,
      text: 'A short list of things my students have called Saturn this week: “the fancy one”, “her”, “the one with the plate”.',
    },
    { hoursAgo: 64.1, text: 'Error bars are how a number blushes.' },
    {
      hoursAgo: 77.6,
      text: 'Two hours of exposure, one aeroplane through the middle. On the picture it looks like God corrected something.',
    },
    {
      hoursAgo: 91.5,
      text: 'To the eight-year-old who asked whether space is “mostly leftovers”: yes. Please come and work here.',
    },
    {
      hoursAgo: 115.8,
      text: 'Walked home at sunrise past people who were going to work. We nodded like ships.',
    },
    {
      hoursAgo: 140.2,
      text: 'Telescope time was granted! Eleven nights in February, when it is always cloudy. I have never been so happy.',
    },
  ],
};
