import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { cpuBetween, memoryMb, readCpu, sharedMemoryMb } from './process-use.ts';

/** Computes until this process has used 300 ms of CPU, however long that takes on a busy machine. */
const BURN = 'while (process.cpuUsage().user < 300_000);';

const NESTED = `require('node:child_process').spawnSync(process.execPath, ['-e', ${JSON.stringify(BURN)}])`;

test.runIf(process.platform === 'linux')(
  'the CPU and memory of a process count with those of its children, living and ended',
  async () => {
    const child = spawn(process.execPath, [
      '-e',
      `${NESTED}; console.log('burnt'); setInterval(() => {}, 1e9)`,
    ]);
    const pid = child.pid ?? 0;
    const watched = [{ name: 'child', pid }];
    const before = readCpu(watched);
    await once(child.stdout, 'data');
    const used = cpuBetween(before, readCpu(watched));
    for (const memory of [memoryMb(pid), sharedMemoryMb(pid)]) expect(memory).toBeGreaterThan(1);
    child.kill();
    await once(child, 'exit');
    expect(used.get('child')).toBeGreaterThanOrEqual(0.29); // in steps of 10 ms
    expect(used.has('everything else')).toBe(true);
  },
);
