import type { Owner } from '#core/archive/archive.ts';

/** What is in an archive, for whoever opens it. */
export const readMe = ({ handle, name }: Owner, at: Date): string => `Archive of @${handle} (${name})
Packed ${at.toISOString()} by tweet-fanout.

profile.json   the account: handle, name, bio, when it joined, counts
tweets.json    every tweet that is not deleted, oldest first, exactly as written
tweets.csv     the same as a table
following.csv  whom the account follows: id, handle, name
followers.csv  who follows the account: id, handle, name

Times are ISO 8601, UTC. Text is UTF-8. In the .csv files a cell that begins with = + - or @ has a ' before it, so that
no spreadsheet takes it for a formula; tweets.json has it as it was written. What was tweeted or followed while this
was being packed may be in it or not.
`;
