import type { UserView } from '#app/contract.ts';
import { request } from './request.ts';

/** A person, and whether the acting account follows them. */
export const readUser = (handle: string, account: string): Promise<UserView> =>
  request(`/api/users/${handle}`, { account });

/** Follows; doing so twice is the same as once. */
export const follow = (handle: string, account: string): Promise<void> =>
  request(`/api/users/${handle}/follow`, { method: 'PUT', account });

/** Unfollows; doing so twice is the same as once. */
export const unfollow = (handle: string, account: string): Promise<void> =>
  request(`/api/users/${handle}/follow`, { method: 'DELETE', account });
