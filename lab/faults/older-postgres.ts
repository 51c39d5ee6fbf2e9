import { execFile } from 'node:child_process';
import { chownSync, existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type pg from 'pg';
import { z } from 'zod';
import { readRow } from '#core/rows.ts';
import { postgresFolders } from '#dev/postgres-home.ts';

/** Where the embedded PostgreSQL of a data folder has its files. */
function filesOf(dataDir: string): string {
  const found = postgresFolders(dataDir)
    .flatMap((folder) => [folder, join(folder, 'postgres')])
    .find((folder) => existsSync(join(folder, 'PG_VERSION')));
  if (found === undefined) throw new Error(`Expected files of PostgreSQL for ${dataDir}, found none`);
  return found;
}

const copyOf = (files: string) => `${files}.older`;

/** The folder of the copy that {@link backUpPostgres} makes. */
export const olderOf = (dataDir: string): string => copyOf(filesOf(dataDir));

/**
 * Copies the files of a running PostgreSQL as pg_basebackup does. The copy shows one moment, whatever is written
 * meanwhile.
 */
export async function backUpPostgres(pool: pg.Pool, dataDir: string): Promise<void> {
  const files = filesOf(dataDir);
  const older = copyOf(files);
  rmSync(older, { recursive: true, force: true });
  const client = await pool.connect();
  try {
    await client.query(`SELECT pg_backup_start('older', true)`);
    await copy(files, older);
    const { label } = await readRow(client, z.object({ label: z.string() }), {
      text: 'SELECT labelfile AS label FROM pg_backup_stop(false)',
    });
    await copy(`${files}/pg_wal/.`, `${older}/pg_wal`); // the log up to the end of the backup
    writeFor(older, 'backup_label', label);
    rmSync(join(older, 'postmaster.pid'), { force: true });
  } finally {
    client.release(true); // closes the connection, which ends a backup that failed
  }
}

/** Gives the file to the owner of the folder: where this process is root, the server has a user of its own. */
export function writeFor(folder: string, name: string, text: string): void {
  const file = join(folder, name);
  const { uid, gid } = statSync(folder);
  writeFileSync(file, text);
  chownSync(file, uid, gid);
}

/**
 * Replaces the files with the copy. The server must have ended. The folder of the databases stays, because it may be a disk
 * of its own.
 */
export async function restorePostgres(dataDir: string): Promise<void> {
  const files = filesOf(dataDir);
  const [older, databases] = [copyOf(files), join(files, 'base')];
  for (const found of [...entriesOf(databases), ...entriesOf(files)])
    if (found !== databases) rmSync(found, { recursive: true });
  await copy(`${older}/.`, files);
  rmSync(older, { recursive: true });
}

const entriesOf = (folder: string): string[] => readdirSync(folder).map((name) => join(folder, name));

/** Keeps owners and rights, because PostgreSQL checks them. A file may vanish while it is copied. That does no harm. */
async function copy(from: string, to: string): Promise<void> {
  try {
    await promisify(execFile)('cp', ['-a', from, to]);
  } catch (error) {
    const said = String(error);
    const others = said.split('\n').filter((line) => /^cp: /.test(line) && !/No such file/.test(line));
    if (others.length > 0 || !existsSync(to)) throw error;
  }
}
