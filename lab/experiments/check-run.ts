import { z } from 'zod';
import { checkTweet } from '#core/audit/invariants.ts';
import { checkLedger, FAN_OUT_RULES } from '#core/audit/ledger-rules.ts';
import type { Verdict } from '#core/lab/experiment.ts';
import { readDeliveries } from '#core/ledger/delivery.ts';
import { readRows } from '#core/rows.ts';
import { untilSettled } from '#lab/check/settled.ts';
import { sumOf } from '#lab/harness/statistics.ts';
import { type Counted, isInOrder, type Outcome } from './experiment.ts';
import type { RunStage } from './run-stage.ts';

const DELIVERED = 60_000; // ms; a lost message is published again after 12 s, and once more later
const SETTLED = 15_000; // ms

/**
 * Waits until every accepted tweet is delivered, reads it back from every timeline, and returns what was found. Throws when
 * every tweet was refused, because then nothing was tried.
 */
export async function checkRun(stage: RunStage, outcome: Outcome): Promise<Verdict> {
  const counted = await count(stage, outcome);
  const { cold, ...counts } = counted;
  const findings = [...counts.findings, ...(outcome.findings ?? [])];
  const passed = (outcome.mustFind ?? isInOrder)({ ...counted, findings });
  const measured = cold > 0 ? [...outcome.measured, coldOf(cold)] : outcome.measured;
  return { ...counts, findings, measured, passed, answer: outcome.answer(counted) };
}

const coldOf = (cold: number) => ({
  name: 'cold timelines, which are rebuilt with it when they are read',
  value: cold.toLocaleString('en'),
});

async function count(stage: RunStage, { holes = 0 }: Outcome): Promise<Counted> {
  const { pool, store } = stage.connections;
  if (stage.drafts.length > 0 && stage.refused === stage.drafts.length)
    throw new Error('Every tweet was refused: the system is full, or its authors have posted too often');
  const findings = [...stage.unexpected.map((answer) => `unexpected answer: ${answer}`)];
  const late = (error: unknown) => findings.push(error instanceof Error ? error.message : String(error));
  await stage.untilFinished(DELIVERED).catch(late);
  await untilSettled(store, SETTLED).catch(late);
  findings.push(...answersThatDiffer(stage), ...(await lostOf(stage)));
  const checks = [];
  for (const id of stage.accepted) {
    const check = await checkTweet({ pool, timelines: store }, id, { random: () => stage.random.next() });
    if (check) checks.push(check);
  }
  for (const { rule, example } of await checkLedger(pool, FAN_OUT_RULES))
    findings.push(`the ledger breaks a rule: ${rule}, ${example}`);
  const deliveries = await readDeliveries(pool, stage.accepted);
  return {
    accepted: stage.accepted.length,
    delivered: checks.length,
    timelines: sumOf(checks, (each) => each.expected),
    missing: sumOf(checks, (each) => each.missing),
    twice: sumOf(checks, (each) => each.twice),
    holes: holes + sumOf(checks, (each) => each.holes),
    cold: sumOf(deliveries, (each) => each.cold),
    findings,
  };
}

/** Posts that were answered in several ways. The same post, sent again, must get the same answer. */
const answersThatDiffer = ({ drafts }: RunStage): string[] =>
  drafts
    .filter(({ accepted }) => new Set(accepted).size > 1)
    .map(({ key, accepted }) => `post ${key} was answered in ${new Set(accepted).size} ways`);

/** Tweets that were accepted and are not in Postgres as they were accepted. */
async function lostOf({ drafts, connections: { pool } }: RunStage): Promise<string[]> {
  const ids = drafts.flatMap(({ tweetId }) => tweetId ?? []);
  const rows = await readRows(pool, z.object({ id: z.int(), text: z.string() }), {
    text: 'SELECT id, text FROM tweet WHERE id = ANY($1)',
    values: [ids],
  });
  const texts = new Map(rows.map(({ id, text }) => [id, text]));
  return drafts
    .filter(({ tweetId, text }) => tweetId !== null && texts.get(tweetId) !== text)
    .map(({ tweetId }) => `tweet ${tweetId} was accepted and is not there`);
}
