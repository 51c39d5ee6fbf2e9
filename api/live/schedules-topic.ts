import type pg from 'pg';
import type { EventStream } from '#api/live/event-stream.ts';
import { Paced } from '#api/live/paced.ts';
import type { HintSource } from '#core/hints.ts';
import type { TaskHint } from '#core/tasks/hints.ts';
import { readSchedules } from '#core/tasks/schedules.ts';

type Sources = { pool: pg.Pool; taskChanges: HintSource<TaskHint[]> };

const PACE = 200; // ms between two events

/** Sends `schedules` events: all of them, at first and whenever one has changed or run. */
export function streamSchedules(stream: EventStream, { pool, taskChanges }: Sources): void {
  let known = '';
  const paced = new Paced<'schedules'>(PACE, async () => {
    const schedules = await readSchedules(pool);
    const found = JSON.stringify(schedules);
    if (found !== known) stream.send('schedules', { schedules });
    known = found;
  });
  stream.onEnd(
    taskChanges.listen((hints) => {
      if (hints === 'resync' || hints.includes('schedules')) paced.touch('schedules');
    }),
  );
  stream.onEnd(() => paced.stop());
  paced.touch('schedules');
}
