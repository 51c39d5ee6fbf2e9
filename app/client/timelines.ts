import type { TimelinePage } from '#app/contract.ts';
import { request } from './request.ts';

/** Tweets a page. */
export const PAGE = 40;

/** The newest page of an account's home timeline, or the one behind a cursor. */
export function readHome(account: string, cursor: string | null = null): Promise<TimelinePage> {
  const query = new URLSearchParams({ limit: String(PAGE) });
  if (cursor) query.set('cursor', cursor);
  return request(`/api/timelines/home?${query}`, { account });
}
