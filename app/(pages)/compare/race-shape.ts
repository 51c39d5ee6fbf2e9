import * as z from 'zod/mini';
import type { RaceView } from '#api/contract.ts';
import { object } from '#app/browser/shapes.ts';

type HeatView = RaceView['heats'][number];
type LaneView = HeatView['lanes']['request'];
type CrashView = RaceView['crashes'][number];

const number = z.number();
const ms = z.nullable(number);

const lane = object<LaneView>({
  state: z.enum(['waiting', 'running', 'done']),
  ...{ delivered: number, answerMs: ms, firstMs: ms, medianMs: ms, lastMs: ms },
});

const heat = object<HeatView>({
  ...{ followers: number, samples: number },
  lanes: object<HeatView['lanes']>({ request: lane, job: lane, chunked: lane, pulled: lane }),
});

const crash = object<CrashView>({
  lane: z.enum(['request', 'job', 'chunked']),
  ...{ followers: number, atOnce: number, later: number, twice: number, laterS: number },
});

/** What this page expects of `race` events. */
export const raceShape = object<RaceView>({
  run: number,
  stage: z.nullable(object<NonNullable<RaceView['stage']>>({ workers: number, postgresMs: number })),
  heats: z.array(heat),
  crashes: z.array(crash),
  reads: z.nullable(object<NonNullable<RaceView['reads']>>({ pushedMs: number, pulledMs: number })),
});
