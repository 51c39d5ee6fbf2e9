import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ROOT } from '#dev/paths.ts';
import { eventually } from '#testing/eventually.ts';

/** Becomes a guest, and starts a session that starts another one. Each prints its pid. */
const GUEST = `
  import { beGuest } from './lab/stage/guest.ts';
  import { spawn } from 'node:child_process';
  beGuest();
  const inner = "console.log(process.pid); setInterval(() => {}, 1e9)";
  const outer = "require('node:child_process').spawn(process.execPath, ['-e', process.argv[1]], { detached: true, stdio: 'inherit' });" + inner;
  spawn(process.execPath, ['-e', outer, inner], { detached: true, stdio: 'inherit' });
  console.log(process.pid);
`;

const groupOf = (pid: number) => readFileSync(`/proc/${pid}/autogroup`, 'utf8');

test.runIf(existsSync('/proc/self/autogroup'))(
  'a guest gives way with every session that it and its children start',
  async () => {
    const args = ['--import', 'tsx', '--input-type=module', '--eval', GUEST];
    const guest = spawn(process.execPath, args, {
      ...{ cwd: ROOT, detached: true, stdio: ['ignore', 'pipe', 'inherit'] },
    });
    let printed = '';
    guest.stdout.on('data', (piece) => (printed += piece));
    const pids = () => printed.split('\n').filter(Boolean).map(Number);
    try {
      await eventually(async () => expect(pids()).toHaveLength(3));
      await eventually(async () => {
        for (const pid of pids()) expect(groupOf(pid)).toMatch(/nice 10$/m);
      });
      expect(new Set(pids().map(groupOf)).size).toBe(3);
    } finally {
      for (const pid of pids()) process.kill(pid, 'SIGKILL');
      await once(guest, 'exit');
    }
  },
);
