import type { DeliveryView, PostedTweet } from '#app/contract.ts';
import { request } from './request.ts';

export type TweetToPost = { text: string; account: string; idempotencyKey: string; signal?: AbortSignal };

/** Posts a tweet. Sent again with the same key, it is still one tweet. */
export function postTweet({ text, ...call }: TweetToPost): Promise<PostedTweet> {
  return request('/api/tweets', { method: 'POST', body: { text }, ...call });
}

/** Deletes the account's own tweet. */
export const deleteTweet = (tweetId: number, account: string): Promise<void> =>
  request(`/api/tweets/${tweetId}`, { method: 'DELETE', account });

/** Gives the failed chunks of the account's own tweet another chance; says how many. */
export const retryFailed = (tweetId: number, account: string): Promise<{ chunks: number }> =>
  request(`/api/tweets/${tweetId}/retry`, { method: 'POST', account });

/** A tweet's delivery as the ledger has it now. */
export const readDelivery = (tweetId: number): Promise<DeliveryView> =>
  request(`/api/tweets/${tweetId}/delivery`);
