import { spawnSync } from 'node:child_process';
import { chownSync, cpSync, existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './paths.ts';
import { makePrivate, type PostgresHome } from './postgres-home.ts';

/*
 * What `initdb` makes is the same each time, and takes it more than a second of a core. The first result is kept for this
 * clone, before it has a password, and each stage of the lab and each test begins with a copy. PostgreSQL's own tests do so.
 */

/** Copies the template to a folder, for the server's user. False when there is none that this process may read. */
export function copyTemplate({ version, user }: PostgresHome, folder: string): boolean {
  const template = templateOf(version);
  if (!existsSync(join(template, 'PG_VERSION'))) return false; // or another user's, which is closed to us
  makePrivate(folder, user);
  cpSync(template, folder, { recursive: true });
  if (user) for (const path of allIn(folder)) chownSync(path, user.uid, user.gid);
  return true;
}

/** Keeps a copy of what `initdb` has made, unless there is one. Where nothing can be written, each server has its own `initdb`. */
export function keepTemplate({ version }: PostgresHome, folder: string): void {
  const template = templateOf(version);
  if (existsSync(template)) return;
  const draft = `${template}.${process.pid}`;
  try {
    makePrivate(draft, undefined);
    cpSync(folder, draft, { recursive: true });
    spawnSync('sync', ['-f', draft]); // after a loss of power it must not be half there
    renameSync(draft, template); // fails when another process was faster
  } catch {
    rmSync(draft, { recursive: true, force: true });
  }
}

const templateOf = (version: string) => join(ROOT, `node_modules/.cache/tweet-fanout/postgres-${version}`);

const allIn = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name));
