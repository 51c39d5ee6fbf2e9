import type { SuggestionsView } from '#app/contract.ts';
import { request } from './request.ts';

/** Whom the account might follow, as it was computed last. */
export const readSuggestions = (account: string, limit: number): Promise<SuggestionsView> =>
  request(`/api/suggestions?limit=${limit}`, { account });
