import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '#dev/paths.ts';

/** The code in these folders does not know which broker runs. */
const FOLDERS = ['app', 'core', 'worker'];
/** The page that compares the brokers, and the chapter about them. Here the names are text. */
const TELLING = [join('app', '(pages)', 'brokers'), join('app', '(pages)', 'learn', 'chapter')];
const VENDORS = /bullmq|rabbit|amqp|\bsqs|fauxqs|amazon/i;

test.each(FOLDERS)('nothing in %s names a broker', (folder) => {
  const named = filesIn(folder).flatMap((file) =>
    readFileSync(join(ROOT, file), 'utf8')
      .split('\n')
      .flatMap((line, index) => (VENDORS.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : [])),
  );
  expect(named).toEqual([]);
});

test('the names are found where there are some', () => {
  expect(filesIn('broker').some((file) => VENDORS.test(readFileSync(join(ROOT, file), 'utf8')))).toBe(true);
});

function filesIn(folder: string): string[] {
  const names = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
  return names
    .map((name) => join(folder, name))
    .filter((file) => !TELLING.some((start) => file.startsWith(start)))
    .filter((file) => statSync(join(ROOT, file)).isFile() && /\.(tsx?|css|lua|md)$/.test(file));
}
