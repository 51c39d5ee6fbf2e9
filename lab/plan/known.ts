import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ROOT } from '#dev/paths.ts';
import { StartError } from '#dev/start-error.ts';
import { CONSTANTS, type ConstantName } from './constants.ts';
import type { Measured } from './measure.ts';

/** A figure that the plan is computed from, and where it came from. */
export type Source = { value: number; unit: string; what: string; from: string };

/** Figures that only `bench -- plan` measures. */
const RECORDED = {
  callWorkersUs: {
    figure: 'call_workers_us',
    unit: 'µs',
    what: 'workers, one more shard that a small tweet has followers in',
  },
  callStoresUs: { figure: 'call_stores_us', unit: 'µs', what: 'the stores, the same' },
  tweetBytes: { figure: 'tweet_bytes', unit: 'bytes', what: 'of disk, a tweet that stays, with its indexes' },
  fanOutBytes: { figure: 'fan_out_bytes', unit: 'bytes', what: 'its fan-out, kept for a month' },
  chunkBytes: { figure: 'chunk_bytes', unit: 'bytes', what: 'its chunk, kept for a week' },
  keyBytes: { figure: 'key_bytes', unit: 'bytes', what: 'its idempotency key, kept for a day' },
  receiptBytes: { figure: 'receipt_bytes', unit: 'bytes', what: 'of memory, a receipt' },
} as const;

export type KnownName = ConstantName | keyof typeof RECORDED;
export type Known = Record<KnownName, Source>;

const PAGE = 'docs/figures/plan.json';
const recorded = z.object({ figures: z.record(z.string(), z.number()) });

/** All figures. What was measured just now replaces what is recorded. Throws when the record is missing or lacks one. */
export function knownFigures(measured?: Measured): Known {
  const known: Partial<Known> = {};
  for (const [name, { page, ...constant }] of Object.entries(CONSTANTS))
    known[name as ConstantName] = { ...constant, from: page };
  const figures = measured ?? readRecord();
  for (const [name, { figure, unit, what }] of Object.entries(RECORDED)) {
    const value = figures[figure];
    if (value === undefined) throw missing(`${PAGE}: expected the figure ${figure}, got none`);
    known[name as keyof typeof RECORDED] = { value, unit, what, from: measured ? HERE : PAGE };
  }
  if (measured) replace(known as Known, measured);
  return known as Known;
}

const HERE = 'measured now';

/** What the bench measures as well as older pages. */
function replace(known: Known, measured: Measured): void {
  const now = (name: KnownName, value: number) => {
    known[name] = { ...known[name], value, from: HERE };
  };
  now('postWebMs', measured.post_web_ms);
  now('postLedgerMs', measured.post_ledger_ms);
  now('postWorkersMs', measured.post_workers_ms);
  now('postStoresMs', measured.post_queue_ms + measured.post_stores_ms);
  now('queueShare', measured.post_queue_ms / (measured.post_queue_ms + measured.post_stores_ms));
  now('ledgerMillionS', measured.delivery_ledger_us);
  now('workersMillionS', measured.delivery_workers_us);
  // Short timelines were measured. Full ones take as many times as long as they did where both were.
  now(
    'fullMillionS',
    (measured.delivery_stores_us * CONSTANTS.fullMillionS.value) / CONSTANTS.shortMillionS.value,
  );
  now('shortMillionS', measured.delivery_stores_us);
}

function readRecord(): Record<string, number> {
  const file = join(ROOT, PAGE);
  if (!existsSync(file)) throw missing(`${PAGE} is missing`);
  return recorded.parse(JSON.parse(readFileSync(file, 'utf8'))).figures;
}

const missing = (text: string) =>
  new StartError(text, 'Measure with `npm run bench -- plan --record`, or here and now with --measure.');
