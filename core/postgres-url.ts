import { z } from 'zod';
import { describeUrl, isUrlOf } from '#core/url-variable.ts';

/*
 * The URL of the ledger: one PostgreSQL, or the servers of which one is the primary and the others are its standbys.
 *
 *     postgresql://user:password@host:5432/database                                           one server
 *     postgresql://user:password@a:5432,b:5432/database?target_session_attrs=read-write       whichever of them takes writes
 *
 * This is how libpq writes it. node-postgres knows one host, so the list becomes a URL for each.
 */

const FORM = /^(postgres(?:ql)?:\/\/)([^/?]*@)?([^/?@]*)([^?]*)(?:\?(.*))?$/;
const ATTRIBUTE = 'target_session_attrs';

/** A URL for each server that a ledger's URL names. */
export function postgresServers(url: string): [string, ...string[]] {
  const [, protocol, user = '', hosts = '', path = '', query = ''] = FORM.exec(url) ?? [];
  const [first = '', ...others] = hosts.split(',');
  if (protocol === undefined || others.length === 0) return [url];
  const rest = query.split('&').filter((each) => each !== '' && !each.startsWith(`${ATTRIBUTE}=`));
  const toUrl = (host: string) =>
    `${protocol}${user}${host.trim()}${path}${rest.length > 0 ? `?${rest.join('&')}` : ''}`;
  return [toUrl(first), ...others.map(toUrl)];
}

const PROTOCOLS = ['postgres', 'postgresql'];
const expected = 'Expected a URL that starts with postgres:// or postgresql://';
const severalExpected = `${expected}, with one host, or several separated by commas`;

/** The variable DATABASE_URL. It does not say what it got instead, as `urlVariable`. */
export const ledgerVariable = z.string({ error: expected }).superRefine((url, context) => {
  const got = problemOf(url);
  if (got)
    context.addIssue({ code: 'custom', message: isList(url) ? severalExpected : expected, params: { got } });
});

const isList = (url: string): boolean => postgresServers(url).length > 1;

function problemOf(url: string): string | undefined {
  const servers = postgresServers(url);
  if (servers.length === 1) return isUrlOf(url, PROTOCOLS) ? undefined : describeUrl(url);
  const attribute = new RegExp(`[?&]${ATTRIBUTE}=([^&]*)`).exec(url)?.[1];
  if (attribute !== undefined && !['read-write', 'primary'].includes(attribute))
    return `${ATTRIBUTE} other than read-write: everything here writes`;
  const at = servers.findIndex((each, n) => !isUrlOf(each, PROTOCOLS) || servers.indexOf(each) !== n);
  if (at < 0) return undefined;
  const which = `host ${at + 1} of ${servers.length}`;
  return isUrlOf(servers[at] ?? '', PROTOCOLS) ? `${which} twice` : `as ${which} one that cannot be read`;
}
