import type { TrendsView } from '#app/contract.ts';
import { request } from './request.ts';

/** What is talked of, as it was counted last. */
export const readTrends = (limit: number): Promise<TrendsView> => request(`/api/trends?limit=${limit}`);
