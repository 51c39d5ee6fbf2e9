import { scriptsOn } from '#dev/faults/open-lab.ts';

/** The program of a supervisor that runs one experiment, `supervisor-process.ts ID`, and hands on what it reports. */
const [id = ''] = process.argv.slice(2);
scriptsOn('http://127.0.0.1:9', process.env, false).start(['run', id, '7', '1', 'bullmq'], (message) =>
  process.send?.(message),
);
