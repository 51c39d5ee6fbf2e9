import type { ScheduleView } from '#app/contract.ts';
import { request } from './request.ts';

/** Everything that is asked for again and again. */
export const readSchedules = (account: string): Promise<{ schedules: ScheduleView[] }> =>
  request('/api/schedules', { account });

export type ScheduleToAdd = { name: string; kind: string; cron: string; timeZone: string };

/** Adds a schedule; a refusal names the field. */
export const addSchedule = (schedule: ScheduleToAdd, account: string): Promise<unknown> =>
  request('/api/schedules', { method: 'POST', body: schedule, account });

/** Pauses a schedule or lets it go on. */
export const changeSchedule = (
  name: string,
  change: { enabled: boolean },
  account: string,
): Promise<unknown> =>
  request(`/api/schedules/${encodeURIComponent(name)}`, { method: 'PATCH', body: change, account });

/** Removes a schedule; doing so twice is fine. */
export const removeSchedule = (name: string, account: string): Promise<void> =>
  request(`/api/schedules/${encodeURIComponent(name)}`, { method: 'DELETE', account });
