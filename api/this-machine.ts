import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import { addressOf } from '#api/proxy.ts';

type Trusting = { LAB_HOSTS: string[]; TRUST_PROXY: number };

/** Headers that a proxy writes. */
const OF_PROXIES = ['x-forwarded-for', 'forwarded', 'via', 'x-real-ip'];

/**
 * Whether a request comes from this machine, or from one that LAB_HOSTS names. Through a proxy that TRUST_PROXY does not
 * count, every client has the proxy's address, so that such a request is never taken for one of this machine.
 */
export function isFromThisMachine(incoming: IncomingMessage, { LAB_HOSTS, TRUST_PROXY }: Trusting): boolean {
  if (TRUST_PROXY === 0 && OF_PROXIES.some((name) => incoming.headers[name] !== undefined)) return false;
  const address = addressOf(incoming, TRUST_PROXY);
  const version = isIP(address);
  if (version === 0) return false;
  return listOf(['127.0.0.0/8', '::1', ...LAB_HOSTS]).check(address, version === 6 ? 'ipv6' : 'ipv4');
}

function listOf(hosts: string[]): BlockList {
  const list = new BlockList();
  for (const host of hosts) {
    const [address = '', prefix] = host.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (prefix === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(prefix), family);
  }
  return list;
}
