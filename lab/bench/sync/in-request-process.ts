import { connect } from '#lab/stage/connect.ts';
import { postInRequest, pushToAll } from './ways.ts';

/**
 * The program of a web process that delivers inside the request and is killed half-way. Its arguments are `AUTHOR`, or
 * `AUTHOR TWEET SHARD FOLLOWERS` for a tweet that is already committed and goes onto the timelines of that shard. After
 * each chunk it prints how many followers have the tweet.
 */
const [authorId = 0, tweetId, shard = 0, followers = 0] = process.argv.slice(2).map(Number);
const connections = connect({}, { env: process.env, onEnd: () => {} }, 'lab');
const told = (delivered: number) => console.log(delivered);
if (tweetId === undefined) await postInRequest(connections, authorId, told);
else {
  const began = performance.now();
  await pushToAll(connections, { authorId, tweetId, followers, shard, began }, told);
}
