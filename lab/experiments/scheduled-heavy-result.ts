import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { HOUR, SECOND } from '#core/durations.ts';
import { time } from '#core/lab/race-result.ts';
import { readRows } from '#core/rows.ts';
import { readTask } from '#core/tasks/read-tasks.ts';
import { isOver, type Task } from '#core/tasks/task.ts';
import { until } from '#dev/ports.ts';
import { type Caller, request } from '#lab/clients/session.ts';
import type { Experiment } from './experiment.ts';
import { removeTasks } from './remove-tasks.ts';
import type { RunStage } from './run-stage.ts';

const SOON = 3 * SECOND;
const AWAY = 10; // s; by then another worker has taken over
const PATIENT = 90 * SECOND;

/** Asks for a task and cancels it, for one that is due in a moment, and for a heavy one whose worker it kills. */
export const scheduledHeavyResult: Experiment = {
  info: {
    id: 'scheduled-heavy-result',
    title: 'Scheduled, heavy, and with a result',
    statement: 'A task runs in the background, at its time, for as long as it needs, and leaves a result.',
    question:
      'A task that computes over the whole graph is running when its worker is killed. What becomes of it?',
    answers: [
      { id: 'lost', text: 'It is lost.' },
      { id: 'asked', text: 'It stays unfinished until somebody asks again.' },
      { id: 'again', text: 'Another worker does it, and its result is there.' },
    ],
    breaks: 'Kills the worker that computes whom to follow. Schedules two tweets and cancels one of them.',
    why: 'A worker holds a task by a lease of 8 s that it renews each second. When it runs out the task is published again and counted as failed once; the dead worker holds an older token, so nothing that it might still write counts (core/tasks/lease.ts, worker/tasks/run-task.ts).',
    decision: 'docs/decisions/014-tasks-are-rows.md',
    size: { of: 'workers killed', usual: 1, most: 1 },
    takes: 30,
  },
  async run(stage) {
    const ids: number[] = [];
    const remove = () => removeTasks(stage.connections.pool, ids);
    stage.onEnd(remove);
    try {
      const [scheduled, cancelled] = [await schedule(stage, ids, SOON), await schedule(stage, ids, HOUR)];
      await askAs(cancelled.author, 'DELETE', `/api/tasks/${cancelled.task}`, 204);
      stage.note('one tweet is scheduled and cancelled, another is due in a moment');
      const heavy = await killWhileItRuns(stage, ids);
      const posted = await untilOver(stage, scheduled.task);
      const lateMs = Date.parse(posted.finishedAt ?? '') - Date.parse(posted.dueAt);
      if (posted.state === 'succeeded') adoptPosted(stage, posted, scheduled);
      const never = await readTask(stage.connections, cancelled.task);
      const tweets = await countTweets(stage, cancelled.text);
      return {
        answer: () => {
          if (heavy.task.state !== 'succeeded') return heavy.task.state === 'failed' ? 'lost' : 'asked';
          return 'again';
        },
        findings: [
          ...(never?.state === 'cancelled' && tweets === 0
            ? []
            : [`a cancelled tweet is ${never?.state}, and ${tweets} were posted`]),
          ...(posted.state === 'succeeded' ? [] : [`a scheduled tweet is ${posted.state}`]),
          ...(heavy.task.result === null ? ['the heavy task has no result'] : []),
        ],
        measured: [
          { name: 'cancelled an hour before its time', value: `${never?.state}, ${tweets} tweets` },
          { name: 'scheduled: done after its time', value: time(lateMs) },
          { name: 'scheduled: its result', value: JSON.stringify(posted.result) },
          { name: 'heavy: attempts, failures', value: `${heavy.task.attempts}, ${heavy.task.failures}` },
          { name: 'heavy: killed with it, and done by', value: `${heavy.killed}, ${heavy.task.worker}` },
          { name: 'heavy: done after the kill', value: time(heavy.afterMs) },
          { name: 'heavy: its result', value: JSON.stringify(heavy.task.result) },
        ],
      };
    } finally {
      await remove();
    }
  },
};

const oneTask = z.object({ task: z.object({ id: z.number() }) });

async function askAs(author: Caller, method: string, path: string, expected: number, body?: object) {
  const headers = { 'idempotency-key': `lab-${crypto.randomUUID()}` };
  const answer = await request(author, { method, path, headers, ...(body && { body }) });
  if (answer?.status === expected) return answer.body;
  throw new Error(`Expected ${expected} to ${method} ${path}, got ${answer?.status ?? 'no answer'}`);
}

/** Schedules a tweet, as a person does. It notes the task's id at once. */
async function schedule(stage: RunStage, ids: number[], inMs: number) {
  const author = stage.random.pick(stage.small);
  const text = `Scheduled ${crypto.randomUUID().slice(0, 8)}. An experiment of the lab.`;
  const scheduledFor = new Date(Date.now() + inMs).toISOString();
  const { task } = oneTask.parse(await askAs(author, 'POST', '/api/tweets', 202, { text, scheduledFor }));
  ids.push(task.id);
  return { author, text, task: task.id };
}

function adoptPosted(
  stage: RunStage,
  { result }: Task,
  { author, text }: { author: { id: number }; text: string },
): void {
  const { tweetId } = z.object({ tweetId: z.number() }).parse(result);
  stage.adopt({ authorId: author.id, tweetId, text });
}

const TRIES = 5; // tasks
const LOOK = 5; // ms

/** Asks for a heavy task and kills the worker that runs it. If the task is done before that, it asks for another. */
async function killWhileItRuns(stage: RunStage, ids: number[]) {
  const asker = stage.authors.toSorted((a, b) => b.followingCount - a.followingCount)[0] ?? stage.largest;
  for (let tries = 0; tries < TRIES; tries++) {
    const asked = await askAs(asker, 'POST', '/api/tasks', 202, { kind: 'suggestions' });
    const { id } = oneTask.parse(asked).task;
    ids.push(id);
    const running = await untilBegun(stage, id);
    if (running.worker === null || isOver(running)) continue;
    const fault = await stage.cause({ kind: 'worker-killed', worker: running.worker, seconds: AWAY });
    const killed = performance.now();
    stage.note(`worker ${running.worker} is killed while it computes`);
    const task = await untilOver(stage, id);
    await fault.heal();
    if (task.attempts > 1) return { task, killed: running.worker, afterMs: performance.now() - killed };
    stage.note('it was done in the moment of the kill: asking for another');
  }
  throw new Error(`Expected a worker to be caught with one of ${TRIES} tasks`);
}

/** The task, once a worker has it or it is over already. */
async function untilBegun({ connections }: RunStage, id: number): Promise<Task> {
  for (const deadline = performance.now() + PATIENT; performance.now() < deadline; await sleep(LOOK)) {
    const task = await readTask(connections, id);
    if (task && task.state !== 'waiting') return task;
  }
  throw new Error(`Expected a worker to take task ${id}`);
}

function untilOver({ connections }: RunStage, id: number): Promise<Task> {
  return until(async () => {
    const task = await readTask(connections, id);
    if (!task || !isOver(task)) throw new Error(`Expected task ${id} to be over`);
    return task;
  }, PATIENT);
}

async function countTweets({ connections: { pool } }: RunStage, text: string): Promise<number> {
  const rows = await readRows(pool, z.object({ id: z.number() }), {
    text: 'SELECT id FROM tweet WHERE text = $1 LIMIT 2',
    values: [text],
  });
  return rows.length;
}
