import type { HistogramView } from '#app/contract.ts';
import { request } from './request.ts';

/** How many people have how many followers. */
export const readHistogram = (): Promise<HistogramView> => request('/api/accounts/histogram');
