import { MINUTE, SECOND } from '#core/durations.ts';
import { time, whole } from '#lab/harness/table.ts';
import { type FilledQueue, fillQueue, levelsTo } from '#lab/load/fill-queue.ts';
import type { BreakableStage } from '#lab/stage/breakable-stage.ts';
import type { StageExperiment } from './experiment.ts';
import type { RunStage } from './run-stage.ts';

const THOUSAND = 1_000;
const FROM = 3 * THOUSAND; // messages
const TWEETS = 5;
const PATIENCE = 3 * MINUTE; // to take what waits; a busy machine takes a tenth of what it usually does

/** Fills the queue's server, which has a bound of memory, while nobody takes anything. */
export const moreThanMemory: StageExperiment = {
  info: {
    id: 'more-than-memory',
    title: 'More than memory',
    statement: 'A queue that outgrows its memory must refuse new messages and keep those that it has taken.',
    question:
      'The workers are stopped, and more and more messages wait in a server with little memory. What does it do in the end?',
    answers: [
      { id: 'drops', text: 'It drops old messages to make room for new ones.' },
      { id: 'refuses', text: 'It takes no more, and keeps and hands out what it has.' },
      { id: 'goes on', text: 'It takes them all, and only gets slower.' },
    ],
    breaks: 'Stops the workers of the stage, and fills its queue.',
    why: 'Redis runs with noeviction and answers OOM; RabbitMQ stops reading from connections that publish. Both still hand out what they hold: taking is allowed beyond the bound, over a connection that publishes nothing (broker/bullmq.ts, broker/rabbitmq-publisher.ts). Tweets are refused with 503 before that, or wait in Postgres.',
    decision: 'docs/brokers.md',
    size: { of: 'thousand messages at most', usual: 300, most: 1_000 },
    takes: 60,
    brokers: ['bullmq', 'rabbitmq'],
  },
  needs: { memoryMb: { bullmq: 24, rabbitmq: 144 } },
  async run(run, stage) {
    run.show(await run.post(run.largest));
    await run.untilFinished(MINUTE);
    await Promise.all(stage.workers.map((worker) => worker.stop(5 * SECOND)));
    run.note('the workers are stopped');
    const filling = await fill(run, stage);
    const end = filling.end;
    run.note(end ? `it takes no more: ${end.reason}` : 'it has taken all of them');
    await run.postMany(TWEETS);
    const { accepted, refused } = run;
    run.note(`of ${TWEETS} tweets ${refused} are refused with 503`);
    const { lost, left } = await filling.drain(PATIENCE);
    if (left > 0) throw new Error(`Expected to take all messages, ${left} are left`);
    run.note('everything that was put there is taken: there is room again');
    for (const worker of stage.workers) await worker.start();
    await run.postMany(TWEETS);
    return {
      answer: () => {
        if (lost > 0) return 'drops';
        return end ? 'refuses' : 'goes on';
      },
      measured: [
        ...filling.levels.map((level) => ({
          name: `${whole(level.waiting)} messages wait`,
          value: `${whole(Math.round(level.publishedPerS))} published/s, ${whole(Math.round(level.takenPerS))} taken/s, a new one waits ${time(level.waitS, 's')}, ${level.memoryMb} MB`,
        })),
        ...(end ? [{ name: 'it was full with', value: `${whole(end.waiting)} messages` }] : []),
        { name: 'confirmed and lost', value: whole(lost) },
        {
          name: 'tweets accepted and refused while it was full',
          value: `${accepted.length - 1}, ${refused}`,
        },
      ],
      findings: lost > 0 ? [`${whole(lost)} messages were confirmed and are lost`] : [],
    };
  },
};

const fill = (run: RunStage, { broker, servers }: BreakableStage): Promise<FilledQueue> =>
  fillQueue(
    { broker, pid: servers.queue.running.pid },
    {
      ...{ sample: 2_000, singles: 20, seconds: 60 },
      levels: levelsTo(FROM, run.options.size * THOUSAND),
      told: ({ waiting, memoryMb }) => run.note(`${whole(waiting)} messages wait, in ${memoryMb} MB`),
    },
  );
