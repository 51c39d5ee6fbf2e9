import { spawnSync } from 'node:child_process';

/** The command that installs Debian packages, for whoever has to do it by hand. */
export const installCommand = (packages: string[]): string => ['apt-get', ...installing(packages)].join(' ');

/**
 * Installs Debian packages where this user may. Returns false where it may not or cannot. It is for tests and benches only:
 * nobody's system is changed by `npm start`.
 */
export function installDebian(packages: string[]): boolean {
  if (process.getuid?.() !== 0) return false;
  return aptGet(installing(packages)) || (aptGet(['update']) && aptGet(installing(packages)));
}

const installing = (packages: string[]): string[] => [
  'install',
  '-y',
  '--no-install-recommends',
  ...packages,
];

function aptGet(args: string[]): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync('apt-get', args, { env, stdio: 'ignore' }).status === 0;
}
