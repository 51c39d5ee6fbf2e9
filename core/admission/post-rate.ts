/** How many tweets an account may post within any {@link WINDOW_S} seconds; counted by post_tweets, see docs/decisions/020. */
export type PostRate = { postsPerMinute: number };

export const WINDOW_S = 60;
