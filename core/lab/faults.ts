import { z } from 'zod';
import { HANDLE } from '#core/accounts/accounts.ts';
import { FAULT_KINDS, FAULTS, type FaultInfo, MOST_WORKERS } from '#core/lab/fault-kinds.ts';

const faultKind = z.enum(FAULT_KINDS, { error: `Expected one of ${FAULT_KINDS.join(', ')}` });

const workerName = z.string().regex(/^[A-Z]$/, { error: 'Expected the letter of a worker, such as A' });

/** `POST /api/lab/faults`. */
export const faultOrder = z
  .strictObject({
    kind: faultKind,
    /** For the kinds that hit one worker. */
    worker: workerName.optional(),
    /** For `workers-changed`: how many there are to be. */
    workers: z
      .int({ error: `Expected 0 to ${MOST_WORKERS} workers` })
      .min(0)
      .max(MOST_WORKERS)
      .optional(),
    /** For `account-pulled`: the handle of the account. */
    account: z.string().regex(HANDLE, { error: 'Expected the handle of an account' }).optional(),
    seconds: z.number({ error: 'Expected seconds' }).positive().optional(),
  })
  .superRefine(({ kind, worker, workers, account, seconds }, context) => {
    const { on, lasts }: FaultInfo = FAULTS[kind];
    const refuse = (field: string, message: string) =>
      context.addIssue({ code: 'custom', path: [field], message });
    if ((on === 'worker') !== (worker !== undefined))
      refuse('worker', on === 'worker' ? 'Expected the letter of a worker' : `Expected none for ${kind}`);
    if ((kind === 'workers-changed') !== (workers !== undefined))
      refuse('workers', kind === 'workers-changed' ? 'Expected how many' : `Expected none for ${kind}`);
    if ((on === 'account') !== (account !== undefined))
      refuse('account', on === 'account' ? 'Expected the handle of an account' : `Expected none for ${kind}`);
    if (seconds !== undefined && !lasts) refuse('seconds', `Expected none: ${kind} is over when it is done`);
    if (seconds !== undefined && lasts && seconds > lasts.most)
      refuse('seconds', `Expected at most ${lasts.most} s`);
  });
export type FaultOrder = z.infer<typeof faultOrder>;

/** Names what a fault hits, as the status strip calls it: `worker A`, `queue`, `@hana`. */
export function targetOf({ kind, worker, account }: FaultOrder): string {
  if (account !== undefined) return `@${account}`;
  return worker === undefined ? FAULTS[kind].on : `worker ${worker}`;
}
