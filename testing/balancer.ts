import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { installCommand, installDebian } from '#dev/debian-packages.ts';
import { ROOT } from '#dev/paths.ts';
import { freePort } from '#dev/ports.ts';
import { startProgram } from '#dev/program.ts';
import { untilReady } from '#dev/server.ts';

const HAPROXY = '/usr/sbin/haproxy'; // not on everybody's PATH
const PACKAGES = ['haproxy'];

export type Balancer = {
  url: string;
  /** All that it has logged: which processes it has found to leave and to be back. */
  said(): string;
  stop(): Promise<void>;
};

/** Starts HAProxy on 127.0.0.1, as deployments do, in front of web processes: `127.0.0.2:3000`. Resolves when one answers. */
export async function startBalancer(webs: string[], dataDir: string): Promise<Balancer> {
  const missing = missingBalancer();
  if (missing) throw new Error(missing);
  const port = await freePort();
  const logFile = join(dataDir, 'balancer.log');
  const running = startProgram({
    name: 'balancer',
    command: HAPROXY,
    args: ['-db', '-f', join(ROOT, 'ops/haproxy.cfg')],
    env: {
      ...process.env,
      ...Object.fromEntries(webs.map((address, n) => [`WEB_${n + 1}`, address])),
      BALANCER_BIND: `127.0.0.1:${port}`,
    },
    output: { file: logFile },
  });
  const url = `http://127.0.0.1:${port}`;
  const answers = async () => {
    const { status } = await fetch(`${url}/healthz`);
    if (status !== 200) throw new Error(`Expected a web process to answer, got ${status}`);
  };
  await untilReady(running, answers, logFile);
  return { url, said: () => readFileSync(logFile, 'utf8'), stop: async () => void (await running.stop(0)) };
}

/** Why HAProxy cannot run; null when it can. Installs Debian's package where this user may. */
export function missingBalancer(): string | null {
  if (existsSync(HAPROXY) || installDebian(PACKAGES)) return null;
  return `HAProxy is not installed: there is no ${HAPROXY}. \`${installCommand(PACKAGES)}\` as root`;
}
