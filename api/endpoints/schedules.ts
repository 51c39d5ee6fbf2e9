import { createRoute, z } from '@hono/zod-openapi';
import { invalidField, Refusal } from '#api/problem.ts';
import type { Web } from '#api/root.ts';
import { body, done, json, problems, router, signedIn } from '#api/router.ts';
import { schedule } from '#api/schemas/queue.ts';
import { storable } from '#api/schemas/requests.ts';
import { tellTasks } from '#core/tasks/hints.ts';
import { NoSuchTiming } from '#core/tasks/next-tick.ts';
import {
  addSchedule,
  changeSchedule,
  readSchedule,
  readSchedules,
  removeSchedule,
} from '#core/tasks/schedules.ts';

const timing = {
  cron: storable(z.string({ error: 'Expected a cron expression' }).max(100)).optional(),
  everyMs: z.int({ error: 'Expected a whole number of milliseconds' }).optional(),
  timeZone: storable(z.string({ error: 'Expected a time zone such as Europe/Berlin' }).max(60)).optional(),
};

const params = z.object({ name: storable(z.string()) });

const listSchedules = createRoute({
  method: 'get',
  path: '/api/schedules',
  summary: 'What is asked for again and again, with its last run and its next',
  responses: { 200: json(z.object({ schedules: z.array(schedule) }), 'By name'), ...problems(503) },
});

/** Either `cron` or `everyMs`; the zone is UTC without. Of the kinds that nobody has to be asked for. */
const addASchedule = createRoute({
  method: 'post',
  path: '/api/schedules',
  summary: 'Adds a schedule, by a cron expression in a time zone or by an interval',
  ...signedIn,
  request: {
    body: body(
      z.strictObject({
        name: z
          .string({ error: 'Expected a name' })
          .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'Expected 1 to 40 of a-z, 0-9 and -'),
        kind: z.enum(['trends'], { error: 'Expected trends' }),
        ...timing,
      }),
    ),
  },
  responses: {
    201: json(z.object({ schedule }), '`Location` is where it is changed'),
    ...problems(400, 401, 403, 408, 409, 413, 503),
  },
});

const changeASchedule = createRoute({
  method: 'patch',
  path: '/api/schedules/{name}',
  summary: 'Changes when a schedule runs, or whether: an own one, or one of the system',
  ...signedIn,
  request: {
    params,
    body: body(
      z.strictObject({ ...timing, enabled: z.boolean({ error: 'Expected true or false' }).optional() }),
    ),
  },
  responses: {
    200: json(z.object({ schedule }), 'The schedule as it is now'),
    ...problems(400, 401, 403, 404, 408, 413, 503),
  },
});

/** One that the system has can only be disabled: the next worker would add it again. */
const removeASchedule = createRoute({
  method: 'delete',
  path: '/api/schedules/{name}',
  summary: 'Removes an own schedule',
  ...signedIn,
  request: { params },
  responses: { 204: done, ...problems(401, 403, 404, 408, 503) },
});

/** When tasks are asked for again and again. */
export const schedules = router('Schedules')
  .openapi(listSchedules, async (c) => c.json({ schedules: await readSchedules(c.env.web.prisma) }, 200))
  .openapi(addASchedule, async (c) => {
    const { web } = c.env;
    const { cron = null, everyMs = null, timeZone = 'UTC', ...named } = c.req.valid('json');
    const wanted = { ...named, cron, everyMs, timeZone, data: {}, accountId: c.var.account.id };
    const added = await addSchedule(web.pool, wanted, web.quotas).catch(refuseBadTiming);
    const found = added && (await readSchedule(web.prisma, named.name));
    if (!found) throw invalidField('name', `Expected a name that no schedule has, got ${named.name}`);
    tell(web);
    return c.json({ schedule: found }, 201, { location: `/api/schedules/${named.name}` });
  })
  .openapi(changeASchedule, async (c) => {
    const { web } = c.env;
    const { name } = c.req.valid('param');
    const owner = await ownerOf(web, name);
    if (owner !== null && owner !== c.var.account.id) throw notFound(name);
    const owned = { name, ownerId: owner };
    const changed = await changeSchedule(web, owned, c.req.valid('json')).catch(refuseBadTiming);
    if (!changed) throw notFound(name);
    tell(web);
    return c.json({ schedule: changed }, 200);
  })
  .openapi(removeASchedule, async (c) => {
    const { web } = c.env;
    const { name } = c.req.valid('param');
    const owner = await ownerOf(web, name);
    if (owner !== c.var.account.id) throw notFound(name);
    await removeSchedule(web.prisma, { name, ownerId: owner });
    tell(web);
    return c.body(null, 204);
  });

const tell = ({ afterAnswer, timelines }: Web) =>
  afterAnswer.run(() => tellTasks(timelines.redis, ['schedules']));

async function ownerOf({ prisma }: Web, name: string): Promise<number | null> {
  const found = await readSchedule(prisma, name);
  if (!found) throw notFound(name);
  return found.accountId;
}

const notFound = (name: string) =>
  new Refusal('not-found', `Expected a schedule that may be changed, got ${name}`);

/** An expression, interval or zone that cannot be becomes a refusal that names the field. */
function refuseBadTiming(error: unknown): never {
  if (error instanceof NoSuchTiming) throw invalidField(error.field, error.message);
  throw error;
}
