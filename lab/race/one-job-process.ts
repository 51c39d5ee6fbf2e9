import { connect } from '#lab/stage/connect.ts';
import { doJob, openRaceQueue, takeJobs } from './one-job.ts';

/** A worker that is killed half-way through one job. After each chunk it prints how many followers have the tweet. */
const connections = connect({}, { env: process.env, onEnd: () => {} }, 'lab');
takeJobs(openRaceQueue(connections), async (delivery) => {
  await doJob(connections, delivery, { told: (delivered) => console.log(delivered) });
});
