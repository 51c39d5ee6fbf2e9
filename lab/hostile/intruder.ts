import { once } from 'node:events';
import { createServer } from 'node:net';
import { type Session, signIn } from '#lab/clients/session.ts';

/** Somebody who means harm: signed in as an account, and connected from an address of their own. */
export type Intruder = Session & { from: string };

/** Signs an intruder in. The URL must hold an IP address: `localhost` may be one that the intruder cannot reach. */
export async function intrude(url: string, handle: string): Promise<Intruder> {
  return { ...(await signIn(url, { handle })), from: await otherAddress() };
}

const OWN = '127.0.0.1';
const OTHER = '127.0.0.2';

/**
 * An address of this machine that ordinary clients do not use, so that a bound on an address stops only the intruder.
 * Linux has all of 127.0.0.0/8. Elsewhere it may be the ordinary address. Then the intruder uses up everybody's share.
 */
export async function otherAddress(): Promise<string> {
  const server = createServer();
  try {
    server.listen(0, OTHER);
    await once(server, 'listening');
    return OTHER;
  } catch {
    return OWN;
  } finally {
    server.close();
  }
}
