import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openTempFolder } from '#dev/temp-folder.ts';
import { moveToSmallDisk } from './small-disk.ts';

it('keeps the files of a folder, takes nothing more while it is full, and has room again', ({
  onTestFinished,
  skip,
}) => {
  const folder = openTempFolder('small-disk');
  onTestFinished(() => folder.remove());
  const file = join(folder.dir, 'file');
  writeFileSync(file, 'from before');
  const disk = moveToSmallDisk(folder.dir, (unmount) => onTestFinished(() => void unmount()));
  if (!disk) return skip('Only root may mount a disk');
  expect(readFileSync(file, 'utf8')).toBe('from before');
  const more = () => writeFileSync(join(folder.dir, 'more'), Buffer.alloc(100_000));
  disk.fill();
  expect(more).toThrow('ENOSPC');
  disk.clear();
  more();
});
