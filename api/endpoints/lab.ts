import type { IncomingMessage } from 'node:http';
import { createRoute, z } from '@hono/zod-openapi';
import { createMiddleware } from 'hono/factory';
import { Refusal } from '#api/problem.ts';
import { addressOf } from '#api/proxy.ts';
import {
  type ActingEnv,
  anybody,
  body,
  done,
  type Env,
  json,
  operatorOnly,
  problems,
  requireOperator,
  router,
} from '#api/router.ts';
import { pictureOf } from '#api/run-picture.ts';
import { isFromThisMachine } from '#api/this-machine.ts';
import { experimentInfo, experimentRun, runOrder } from '#core/lab/experiment.ts';
import { faultOrder } from '#core/lab/faults.ts';
import { activeFault, labState } from '#core/lab/lab-state.ts';
import { describeHost } from '#core/lab/machine.ts';

/** Without a lab its addresses are not there, whoever asks. */
const requireLab = createMiddleware<Env>(async (c, next) => {
  c.env.web.lab.requireOn();
  await next();
});

/** For what breaks or heals something: an operator, on this machine. */
const requireBreaker = createMiddleware<ActingEnv>(async (c, next) => {
  const { incoming, web } = c.env;
  web.lab.requireOn();
  await requireOperator(c, async () => {
    if (!isFromThisMachine(incoming, web.config)) throw elsewhere(incoming, web.config.TRUST_PROXY);
    await next();
  });
});

function elsewhere(incoming: IncomingMessage, proxies: number): Refusal {
  const orProxy = proxies === 0 ? ' or through a proxy' : '';
  return new Refusal(
    'lab-elsewhere',
    `Expected a request from the machine that runs the system, or from one of LAB_HOSTS, got one from ${addressOf(incoming, proxies)}${orProxy}.`,
  );
}

const readable = { ...anybody, middleware: requireLab };
const breaking = { ...operatorOnly, middleware: requireBreaker };

const id = z.object({ id: z.coerce.number().int().positive() });

const readLab = createRoute({
  method: 'get',
  path: '/api/lab',
  summary: 'What is broken on purpose, what may be, and which experiment runs',
  ...readable,
  responses: {
    200: json(z.object({ state: labState, at: z.string() }), 'The lab as it is now'),
    ...problems(404),
  },
});

const listExperiments = createRoute({
  method: 'get',
  path: '/api/lab/experiments',
  summary: 'The experiments that can be run on this system',
  ...readable,
  responses: {
    200: json(
      z.object({ experiments: z.array(experimentInfo) }),
      'With the question of each, and its answers',
    ),
    ...problems(404, 503),
  },
});

const causeFault = createRoute({
  method: 'post',
  path: '/api/lab/faults',
  summary: 'Breaks a part of the running system; it heals by itself after `seconds`',
  ...breaking,
  request: { body: body(faultOrder) },
  responses: {
    202: json(
      z.object({ fault: activeFault }),
      'The fault is there, or is over already if it has no duration',
    ),
    ...problems(400, 401, 403, 404, 408, 409, 413, 503),
  },
});

const healFault = createRoute({
  method: 'delete',
  path: '/api/lab/faults/{id}',
  summary: 'Restores what a fault has broken, before its time',
  ...breaking,
  request: { params: id },
  responses: { 204: done, ...problems(401, 403, 404, 503) },
});

const resetLab = createRoute({
  method: 'post',
  path: '/api/lab/reset',
  summary: 'Restores everything and breaks off the experiment that runs; answers within 5 s',
  ...breaking,
  responses: { 204: done, ...problems(401, 403, 404, 503) },
});

const startRun = createRoute({
  method: 'post',
  path: '/api/lab/runs',
  summary: 'Runs an experiment, one at a time',
  ...breaking,
  request: { body: body(runOrder) },
  responses: {
    202: json(
      z.object({ run: experimentRun }),
      'It has begun: its verdict comes by the stream and by its address',
    ),
    ...problems(400, 401, 403, 404, 408, 409, 413, 503),
  },
});

const readRun = createRoute({
  method: 'get',
  path: '/api/lab/runs/{id}',
  summary: 'One run of an experiment, with its verdict; the last twenty are kept',
  ...readable,
  request: { params: id },
  responses: {
    200: json(z.object({ run: experimentRun }), 'The run as it is now'),
    ...problems(404, 503),
  },
});

const drawRun = createRoute({
  method: 'get',
  path: '/api/lab/runs/{id}/picture',
  summary: 'One run as a picture that can be read alone',
  ...readable,
  request: { params: id },
  responses: {
    200: { description: 'An SVG, for download', content: { 'image/svg+xml': {} } },
    ...problems(404, 503),
  },
});

/** The lab: what breaks the running system on purpose, and what is measured meanwhile. */
export const lab = router('Lab')
  .openapi(readLab, (c) => c.json({ state: c.env.web.lab.requireOn(), at: new Date().toISOString() }, 200))
  .openapi(listExperiments, async (c) => {
    const { experiments } = await c.env.web.lab.ask({ do: 'list' });
    return c.json({ experiments }, 200);
  })
  .openapi(causeFault, async (c) => {
    const order = c.req.valid('json');
    const { fault } = await c.env.web.lab.ask({ do: 'break', by: c.var.account.handle, order });
    return c.json({ fault }, 202);
  })
  .openapi(healFault, async (c) => {
    await c.env.web.lab.ask({ do: 'heal', by: c.var.account.handle, fault: c.req.valid('param').id });
    return c.body(null, 204);
  })
  .openapi(resetLab, async (c) => {
    await c.env.web.lab.ask({ do: 'reset', by: c.var.account.handle });
    return c.body(null, 204);
  })
  .openapi(startRun, async (c) => {
    const order = c.req.valid('json');
    const { run } = await c.env.web.lab.ask({ do: 'run', by: c.var.account.handle, order });
    return c.json({ run }, 202);
  })
  .openapi(readRun, async (c) => {
    const { run } = await c.env.web.lab.ask({ do: 'read run', run: c.req.valid('param').id });
    return c.json({ run }, 200);
  })
  .openapi(drawRun, async (c) => {
    const { lab } = c.env.web;
    const [{ run }, { experiments }] = await Promise.all([
      lab.ask({ do: 'read run', run: c.req.valid('param').id }),
      lab.ask({ do: 'list' }),
    ]);
    const info = experiments.find(({ id }) => id === run.experiment);
    return c.body(pictureOf({ run, info, host: describeHost() }), 200, {
      'content-type': 'image/svg+xml; charset=utf-8',
      'content-disposition': `attachment; filename="${run.experiment}-seed-${run.seed}.svg"`,
    });
  });
