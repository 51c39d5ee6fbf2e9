import { after } from 'next/server';
import { json, route } from '#app/server/api-route.ts';
import { refuseBadTiming } from '#app/server/bad-timing.ts';
import { readBody } from '#app/server/body.ts';
import { invalidField } from '#app/server/problem.ts';
import { addScheduleRequest } from '#app/server/requests.ts';
import { web } from '#app/server/root.ts';
import { actingAccount } from '#app/server/session.ts';
import { tellTasks } from '#core/tasks/hints.ts';
import { addSchedule, readSchedule, readSchedules } from '#core/tasks/schedules.ts';

/** Everything that is asked for again and again, with its last run and its next. */
export const GET = route(async () => json({ schedules: await readSchedules(web().pool) }));

/** Adds a schedule of the acting account. */
export const POST = route(async (request) => {
  const account = await actingAccount(request);
  const {
    cron = null,
    everyMs = null,
    timeZone = 'UTC',
    ...named
  } = await readBody(request, addScheduleRequest);
  const { pool, timelines } = web();
  const schedule = { ...named, cron, everyMs, timeZone, data: {}, accountId: account.id };
  const added = await addSchedule(pool, schedule).catch(refuseBadTiming);
  if (!added) throw invalidField('name', `Expected a name that no schedule has, got ${named.name}`);
  after(() => tellTasks(timelines.redis, ['schedules']));
  const location = `/api/schedules/${named.name}`;
  return json({ schedule: await readSchedule(pool, named.name) }, { status: 201, headers: { location } });
});
