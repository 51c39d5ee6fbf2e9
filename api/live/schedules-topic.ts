import type { EventStream } from '#api/live/event-stream.ts';
import { Paced } from '#api/live/paced.ts';
import type { TaskSource } from '#api/live/task-source.ts';
import type { Database } from '#core/postgres.ts';
import { readSchedules } from '#core/tasks/schedules.ts';

type Sources = { prisma: Database['prisma']; taskChanges: TaskSource };

const PACE = 200; // ms between two events

/** Sends `schedules` events: all of them, at first and whenever one has changed or run. */
export function streamSchedules(stream: EventStream, { prisma, taskChanges }: Sources): void {
  let known = '';
  const paced = new Paced<'schedules'>(PACE, async () => {
    const schedules = await readSchedules(prisma);
    const found = JSON.stringify(schedules);
    if (found !== known) stream.send('schedules', { schedules });
    known = found;
  });
  stream.onEnd(
    taskChanges.listen((hints) => {
      if (hints === 'all' || hints.includes('schedules')) paced.touch('schedules');
    }),
  );
  stream.onEnd(() => paced.stop());
  paced.touch('schedules');
}
