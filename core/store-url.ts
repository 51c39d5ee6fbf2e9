import { z } from 'zod';
import { describeUrl, isUrlOf } from '#core/url-variable.ts';

/*
 * The URL of a Redis, for timelines or for a queue: one server, or the nodes of a Redis or Valkey Cluster.
 *
 *     redis://:password@host:6379/0                          one server
 *     redis-cluster://:password@a:6379,b:6379,c:6379         a cluster, by some of its nodes
 *     rediss-cluster://…                                     the same over TLS
 *     redis://:password@a:6379,b:6379                        a cluster too: one server has one address
 */

const FORM = /^(rediss?)(-cluster)?:\/\/(.*@)?([^/@]*)(\/\d*)?$/;

/** A URL for each node that a cluster's URL names; null for the URL of one server. */
export function clusterNodes(url: string): string[] | null {
  const [, protocol, cluster, user = '', hosts = ''] = FORM.exec(url) ?? [];
  const named = hosts.split(',');
  if (!cluster && named.length < 2) return null;
  return named.map((host) => `${protocol}://${user}${host.trim()}`);
}

const SERVER = ['redis', 'rediss'];
const expected =
  'Expected a URL that starts with redis:// or rediss://, or redis-cluster:// and the nodes of a cluster, separated by commas';

/** The variable of such a URL. It does not say what it got instead, as `urlVariable`. */
export const storeVariable = z.string({ error: expected }).superRefine((url, context) => {
  const got = problemOf(url);
  if (got) context.addIssue({ code: 'custom', message: expected, params: { got } });
});

function problemOf(url: string): string | undefined {
  const nodes = clusterNodes(url);
  if (!nodes) return isUrlOf(url, SERVER) ? undefined : describeUrl(url);
  if (!/^\/?0?$/.test(FORM.exec(url)?.[5] ?? ''))
    return 'another database than 0, which a cluster does not have';
  const at = nodes.findIndex((node, n) => !isUrlOf(node, SERVER) || nodes.indexOf(node) !== n);
  if (at < 0) return undefined;
  return isUrlOf(nodes[at] ?? '', SERVER)
    ? `node ${at + 1} of ${nodes.length} twice`
    : `as node ${at + 1} of ${nodes.length} one that cannot be read`;
}
