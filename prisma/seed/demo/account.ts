/** A hand-written person of the demo. */
export type DemoAccount = {
  handle: string;
  name: string;
  bio: string;
  /** What the account stands for, as the switcher shows it. */
  role: string;
  joinedDaysAgo: number;
  /** The exact number of followers, given that of the celebrity. */
  followers: (celebrity: number) => number;
  /** Demo accounts by handle; `everybody` follows all who have followers, and every generated author. */
  follows: string[] | 'everybody';
  /** Generated authors by rank. The one with the most followers has rank 1. */
  followsAuthors: number[];
  /** Newest first. */
  tweets: { hoursAgo: number; text: string }[];
};
