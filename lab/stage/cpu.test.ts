import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { cpuBetween, readCpu } from './cpu.ts';

const BURN = 'const end = Date.now() + 300; while (Date.now() < end);';

test.runIf(process.platform === 'linux')(
  'the CPU of a process counts with that of its children, living and ended',
  async () => {
    const nested = `require('node:child_process').spawnSync(process.execPath, ['-e', ${JSON.stringify(BURN)}])`;
    const child = spawn(process.execPath, [
      '-e',
      `${nested}; console.log('burnt'); setInterval(() => {}, 1e9)`,
    ]);
    const watched = [{ name: 'child', pid: child.pid ?? 0 }];
    const before = readCpu(watched);
    await once(child.stdout, 'data');
    const used = cpuBetween(before, readCpu(watched));
    child.kill();
    await once(child, 'exit');
    expect(used.get('child')).toBeGreaterThan(0.1);
    expect(used.has('everything else')).toBe(true);
  },
);
