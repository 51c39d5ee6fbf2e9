import type { SessionView } from '#app/contract.ts';
import { request } from './request.ts';

/** Signs a demo account in, beside those that the session holds already. */
export const signIn = (handle: string): Promise<void> =>
  request('/api/session', { method: 'POST', body: { handle } });

/** The accounts that this session holds and the acting one. */
export const readSession = (): Promise<SessionView> => request('/api/session');
