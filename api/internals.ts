import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import { Refusal } from '#api/problem.ts';
import { ACTING, type Env, notAnOperator, sessionOf } from '#api/router.ts';
import { actingAccount } from '#api/session.ts';
import { isOperator } from '#core/accounts/operators.ts';
import type { Config } from '#core/config.ts';
import { bears, isFromHere } from '#core/from-here.ts';

type Asked = Pick<Context<Env>, 'env' | 'req'>;

/** Whether a request may see where work runs, what failed and who asked for it: it is an operator's, or has METRICS_TOKEN. */
export async function seesInternals(asked: Asked): Promise<boolean> {
  if (bearsToken(asked)) return true;
  const session = await sessionOf(asked);
  // Somebody who is not signed in may see the rest, but must not name an acting account.
  if (session.accounts.length === 0) return false;
  return isOperator(asked.env.web.config, actingAccount(session, asked.req.header('x-account')));
}

/** Goes into the definition of an endpoint that shows more to those for whom {@link seesInternals} is true. */
export const moreForOperators = {
  parameters: [ACTING],
  security: [{}, { session: ['operator'] }, { metricsToken: [] }],
};

/** Refuses the figures of a process to everybody but {@link seesInternals} and, without a token, programs on this machine. */
export const figuresOnly = {
  middleware: createMiddleware<Env>(async (c, next) => {
    if (!isOpenHere(c) && !bearsToken(c)) await requireOperatorInstead(c);
    await next();
  }),
  parameters: [ACTING],
  security: [{ metricsToken: [] }, { session: ['operator'] }],
};

async function requireOperatorInstead(asked: Asked): Promise<void> {
  const session = await sessionOf(asked);
  if (asked.req.header('authorization') !== undefined || session.accounts.length === 0)
    throw new Refusal(
      'unauthorized',
      'Expected Authorization: Bearer with METRICS_TOKEN, or an operator’s session',
      {
        headers: { 'www-authenticate': 'Bearer realm="metrics"' },
      },
    );
  const account = actingAccount(session, asked.req.header('x-account'));
  if (!isOperator(asked.env.web.config, account)) throw notAnOperator(asked.env.web, account);
}

/** Without METRICS_TOKEN a program on this machine may scrape. TRUST_PROXY tells of a proxy, also when no header does. */
function isOpenHere({ env: { web, incoming } }: Pick<Asked, 'env'>): boolean {
  const { METRICS_TOKEN, TRUST_PROXY } = web.config;
  return METRICS_TOKEN === undefined && TRUST_PROXY === 0 && isFromHere(incoming);
}

/** Whether a request bears METRICS_TOKEN. */
export const bearsToken = ({ env, req }: Asked): boolean =>
  bears(env.web.config.METRICS_TOKEN, req.header('authorization'));

/** What a web process logs at its start: who may do what concerns everybody, and who may read its figures. */
export function accessInWords({ OPERATORS, METRICS_TOKEN, TRUST_PROXY }: Config): string[] {
  const operators =
    OPERATORS.length > 0
      ? `Operators: ${OPERATORS.join(', ')}`
      : 'Nobody is an operator. OPERATORS=handle,… names who may pause deliveries, and retry and discard what others asked for';
  if (METRICS_TOKEN !== undefined)
    return [operators, '/metrics is for operators and for whoever has METRICS_TOKEN'];
  if (TRUST_PROXY > 0)
    return [operators, '/metrics is for operators: METRICS_TOKEN would let a program read it'];
  return [operators, '/metrics is open to programs on this machine: METRICS_TOKEN closes it'];
}
