import { z } from 'zod';
import type { InThread } from '#worker/tasks/in-thread.ts';

const schema = z.object({ forMs: z.number().positive() });

/** Computes for the time that its input says, and never yields to the event loop. */
const busy: InThread<unknown, string> = async (input, progress) => {
  const { forMs } = schema.parse(input);
  progress(1, 2, 'halves');
  const until = performance.now() + forMs;
  while (performance.now() < until);
  progress(2, 2, 'halves');
  return `busy for ${forMs} ms`;
};

export default busy;
