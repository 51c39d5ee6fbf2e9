import { spawnSync } from 'node:child_process';
import { installCommand, installDebian } from '#dev/debian-packages.ts';
import type { ClientKind } from './client.ts';
import { madonctl } from './madonctl.ts';
import { masto } from './masto.ts';
import { mastodonPy } from './mastodon-py.ts';
import { megalodon } from './megalodon.ts';
import { toot } from './toot.ts';

/** The clients that the client API is held against: unchanged, as their authors have released them. */
export const CLIENTS: ClientKind[] = [toot, mastodonPy, madonctl, masto, megalodon];

const PACKAGES = CLIENTS.flatMap(({ debian }) => debian ?? []);

/** Why the clients from Debian's packages cannot run; null when they can. Installs them where this user may. */
export function missingClients(): string | null {
  if (areInstalled() || installDebian(PACKAGES)) return null;
  return `${PACKAGES.join(', ')} are not installed: \`${installCommand(PACKAGES)}\` as root`;
}

const areInstalled = (): boolean =>
  PACKAGES.every((name) =>
    String(spawnSync('dpkg', ['-s', name]).stdout).includes('Status: install ok installed'),
  );
