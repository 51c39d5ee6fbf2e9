import { checkLedger } from '#core/audit/ledger-rules.ts';
import { until } from '#dev/ports.ts';
import type { Done } from '#lab/clients/load.ts';
import { countEverybody, type People } from '#lab/clients/population.ts';
import type { Findings } from '#lab/harness/findings.ts';
import type { Random } from '#lab/harness/random.ts';
import { mayBeGone } from '#lab/harness/restores.ts';
import type { BreakableStage } from '#lab/stage/breakable-stage.ts';
import { auditAll, auditable, sumAudits } from './audit-all.ts';
import { checkAnswers, checkEdges } from './check-answers.ts';
import { checkScheduled } from './check-scheduled.ts';
import { checkTasks, checkTicks } from './check-tasks.ts';
import { readBack } from './read-back.ts';
import type { CheckContext } from './round-tweets.ts';
import { untilFinished, untilOver, untilSettled } from './settled.ts';

export type RoundToCheck = {
  done: Done;
  people: People;
  random: Random;
  /** When the round began, and the newest tweet and task at that time. */
  began: { at: Date; tweetId: number; taskId: number };
};

/** What was compared, so that "nothing found" says how much was looked at. */
export type Checked = {
  audited: number;
  timelines: number;
  entries: number;
  present: number;
  cold: number;
  scheduled: number;
  tasks: number;
  ticks: number;
};

const TASKS = 180_000; // ms for all tasks; a lost message is published again 30 s after it was due, then 60 s
const DRAIN = 90_000; // ms for all fan-outs: time for several leases of 12 s
const SETTLE = 15_000; // ms
const SAMPLE = 40; // followers who are read back, besides all who acted

/** Waits until the system is at rest and compares everything that was promised with everything that there is. */
export async function checkRound(
  stage: BreakableStage,
  findings: Findings,
  round: RoundToCheck,
): Promise<Checked> {
  const { pool, restores } = stage;
  const { done, began } = round;
  const context = { pool, findings, restores };
  await removeAgain(pool, done.recurring);
  await atRest(stage, findings);
  await checkAnswers(context, { drafts: done.drafts, after: began.tweetId });
  await checkEdges(context, done.edges);
  const ticks = await checkAllTasks(context, round);
  const looked = await checkTimelines(stage, findings, { since: began.at, sample: sampleOf(round) });
  return { ...looked, ticks, scheduled: done.scheduled.length, tasks: done.tasks.length };
}

/** A restore may have brought the schedule back. It would ask for a task every second for ever. */
async function removeAgain(pool: BreakableStage['pool'], { name }: Done['recurring']): Promise<void> {
  await until(() => pool.query('DELETE FROM schedule WHERE name = $1', [name]), SETTLE);
}

/** What {@link checkTimelines} has looked at. */
export type CheckedTimelines = Pick<Checked, 'audited' | 'timelines' | 'entries' | 'present' | 'cold'>;

/**
 * Checks the rules of the ledger, audits every tweet since a time, and reads the timelines of a sample of people to
 * their end. Everything must be at rest.
 */
export async function checkTimelines(
  { pool, timelines }: Pick<BreakableStage, 'pool' | 'timelines'>,
  findings: Findings,
  { since, sample }: { since: Date; sample: number[] },
): Promise<CheckedTimelines> {
  for (const { rule, example, count } of await checkLedger(pool))
    findings.add('ledger', `${rule}: ${count} times not, ${example}`);
  const audits = await auditAll({ pool, store: timelines }, await auditable(pool, { since }));
  for (const { tweetId, missing, twice, examples } of audits) {
    if (missing > 0) findings.add('lost', `tweet ${tweetId} in ${missing} timelines, ${examples.missing}`);
    if (twice > 0) findings.add('twice', `tweet ${tweetId} in ${twice} timelines, ${examples.twice}`);
  }
  const entries = await readAllBack({ pool, timelines }, findings, sample);
  const { present, cold } = sumAudits(audits);
  return { audited: audits.length, timelines: sample.length, entries, present, cold };
}

/** Returns the ticks that were looked at. */
async function checkAllTasks(context: CheckContext, { done, began }: RoundToCheck): Promise<number> {
  await checkScheduled(context, { scheduled: done.scheduled, after: began });
  const kept = done.tasks.filter((task) => !mayBeGone(context.restores ?? [], task));
  await checkTasks(
    context,
    kept.map(({ id }) => id),
  );
  return checkTicks(context, done.recurring);
}

async function atRest({ pool, timelines }: BreakableStage, findings: Findings): Promise<void> {
  await untilOver(pool, TASKS).catch((error) => findings.add('stuck', String(error)));
  await untilFinished(pool, DRAIN).catch((error) => findings.add('stuck', String(error)));
  await untilSettled(timelines, SETTLE).catch((error) => findings.add('stuck', String(error)));
}

function sampleOf({ people, random }: RoundToCheck): number[] {
  const everybody = countEverybody(people);
  const some = Array.from({ length: SAMPLE }, () => random.between(1, everybody));
  return [...new Set([...people.actors.map((actor) => actor.id), ...some])];
}

async function readAllBack(
  stores: Parameters<typeof readBack>[0],
  findings: Findings,
  userIds: number[],
): Promise<number> {
  let entries = 0;
  for (const userId of userIds) {
    const { read, missing, twice, foreign } = await readBack(stores, userId);
    entries += read;
    if (missing.length > 0) findings.add('hole', `user ${userId} does not see tweets ${missing}`);
    if (twice.length > 0) findings.add('twice', `user ${userId} sees tweets ${twice} twice`);
    if (foreign.length > 0)
      findings.add('hole', `user ${userId} sees tweets ${foreign}, which are not theirs`);
  }
  return entries;
}
