import { after } from 'next/server';
import { json, route } from '#app/server/api-route.ts';
import { refuseBadTiming } from '#app/server/bad-timing.ts';
import { readBody } from '#app/server/body.ts';
import { Refusal } from '#app/server/problem.ts';
import { changeScheduleRequest } from '#app/server/requests.ts';
import { web } from '#app/server/root.ts';
import { actingAccount } from '#app/server/session.ts';
import { tellTasks } from '#core/tasks/hints.ts';
import { changeSchedule, readSchedule, removeSchedule } from '#core/tasks/schedules.ts';

type Named = { name: string };

/** Changes when a schedule runs, or whether: an own one, or one that the system has. */
export const PATCH = route<Named>(async (request, { name }) => {
  const account = await actingAccount(request);
  const change = await readBody(request, changeScheduleRequest);
  const owner = await ownerOf(name);
  if (owner !== null && owner !== account.id) throw notFound(name);
  const schedule = await changeSchedule(web().pool, name, change).catch(refuseBadTiming);
  if (!schedule) throw notFound(name);
  after(tellSchedules);
  return json({ schedule });
});

/** Removes an own schedule. One that the system has can only be disabled: the next worker would add it again. */
export const DELETE = route<Named>(async (request, { name }) => {
  const account = await actingAccount(request);
  if ((await ownerOf(name)) !== account.id) throw notFound(name);
  await removeSchedule(web().pool, name);
  after(tellSchedules);
  return new Response(null, { status: 204 });
});

const tellSchedules = () => tellTasks(web().timelines.redis, ['schedules']);

async function ownerOf(name: string): Promise<number | null> {
  const schedule = await readSchedule(web().pool, name);
  if (!schedule) throw notFound(name);
  return schedule.accountId;
}

const notFound = (name: string) =>
  new Refusal('not-found', `Expected a schedule that may be changed, got ${name}`);
