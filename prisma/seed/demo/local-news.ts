import type { DemoAccount } from './account.ts';

export const localNews: DemoAccount = {
  handle: 'brackwater_now',
  name: 'The Brackwater Herald',
  bio: 'News from Brackwater and both banks of the river. Corrections are printed as large as the mistake.',
  role: 'local news',
  joinedDaysAgo: 3_055,
  followers: (celebrity) => Math.round(celebrity / 20),
  follows: ['maren_tveit', 'kofi_cooks', 'ximena_valcourt', 'anjali_orbits', 'oksana_bakes'],
  followsAuthors: [1, 2, 3, 7],
  tweets: [
    {
      hoursAgo: 0.2,
      text: 'The 8:40 ferry is running 15 minutes late because of fog on the north bank. Passengers for the hospital: bus 6 takes your ferry ticket.',
    },
    {
      hoursAgo: 1.8,
      text: 'COUNCIL: The lower bridge stays open to cyclists while it is repaired. Vote 14 to 9, after a debate of four hours and one fainting fit (she is well).',
    },
    {
      hoursAgo: 7.4,
      text: 'Correction: we wrote that the library will close at noon on Saturdays. It will open at noon. We apologise to everyone who queued at eleven.',
    },
    {
      hoursAgo: 12.6,
      text: 'High water tonight at 22:14, 30 cm above normal. Please move cars from Rope Walk and Lower Quay.',
    },
    {
      hoursAgo: 24.9,
      text: 'The swimming pool has its water back. The cause of Tuesday’s green colour was, the town engineer confirms, “enthusiasm”.',
    },
    {
      hoursAgo: 28.7,
      text: 'Lost: one grey parrot, answers to Admiral, swears in two languages. Last seen on the roof of the courthouse.',
    },
    {
      hoursAgo: 36.1,
      text: 'The primary school in Mill Lane gets its second storey. Work starts in March; pupils voted for a slide and were given stairs.',
    },
    {
      hoursAgo: 48.2,
      text: 'Admiral the parrot has been found. He was in the council chamber and is said to have contributed.',
    },
    {
      hoursAgo: 60.5,
      text: 'Market moves to the station square this week. Fish to the left, flowers to the right, please do not mix the queues.',
    },
    {
      hoursAgo: 76.2,
      text: 'Fire at the old ropeworks is out. Nobody was hurt. Lower Quay is open again in both directions.',
    },
    {
      hoursAgo: 96.4,
      text: 'OBITUARY: Agnes Pell, who rang the noon bell for 38 years and was late exactly once, on the day of her wedding.',
    },
    {
      hoursAgo: 121.5,
      text: 'Results of the regatta: 1. Mill Lane, 2. Ferrymen, 3. the swan, which the jury declined to disqualify.',
    },
    {
      hoursAgo: 143.7,
      text: 'From Monday the tip opens at 7. The tip’s cat, Overdraft, keeps her own hours.',
    },
  ],
};
