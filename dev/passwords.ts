import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Letters that a URL, a command line and a configuration file take as they are. */
export const newPassword = (): string => randomBytes(24).toString('base64url');

/** The password of an embedded server; undefined before it has one. */
export function savedPassword(dataDir: string, server: string): string | undefined {
  const file = fileOf(dataDir, server);
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

/**
 * Keeps a password in a file that only its owner reads. The file is complete or missing, even if this process dies
 * meanwhile.
 */
export function savePassword(dataDir: string, server: string, password: string): void {
  writePrivate(fileOf(dataDir, server), password);
}

/** Writes a file that only its owner reads, in one step. */
export function writePrivate(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.new`;
  writeFileSync(draft, text, { mode: 0o600 });
  renameSync(draft, file);
}

const fileOf = (dataDir: string, server: string) => join(dataDir, 'passwords', server);
