import type { DemoAccount } from './account.ts';

/** The hardest case for reading: a home timeline that is always full to its cap. */
export const followsEverybody: DemoAccount = {
  handle: 'hana_reads',
  name: 'Hana Murakoshi',
  bio: 'Town archivist. I follow everyone, I read everything, I answer on Thursdays.',
  role: 'follows everybody',
  joinedDaysAgo: 2_980,
  followers: () => 231,
  follows: 'everybody',
  followsAuthors: [],
  tweets: [
    {
      hoursAgo: 1.1,
      text: 'Read 812 tweets over breakfast. Best one was about a left glove. It usually is.',
    },
    {
      hoursAgo: 9.3,
      text: 'Today’s find in the archive: a shopping list from 1911, filed under “treaties”.',
    },
    {
      hoursAgo: 20.4,
      text: 'People say that nobody can follow this many accounts. People said the same about the tram timetable, and I indexed that too.',
    },
    {
      hoursAgo: 33.8,
      text: 'Four separate people wrote about rain today and each of them thought theirs was the only rain.',
    },
    {
      hoursAgo: 51.6,
      text: 'If you tweet something kind at 3 a.m., please know that somebody reads it at 6.',
    },
    {
      hoursAgo: 73.7,
      text: 'I put the love letters of a harbour master in acid-free folders. He spelled her name four ways. She kept them all.',
    },
    {
      hoursAgo: 92,
      text: 'My method: newest first, tea at every hundredth, never answer before the kettle.',
    },
    {
      hoursAgo: 118.9,
      text: 'A reader asked for “the red book, about so thick”. I found it. I will be talking about this for years.',
    },
  ],
};
