import type { PauseView } from '#app/contract.ts';
import { request } from './request.ts';

/** Pauses deliveries, or lets them go on; doing so twice is the same as once. */
export const setPaused = (paused: boolean, account: string): Promise<PauseView> =>
  request('/api/pause', { method: 'PUT', body: { paused }, account });
