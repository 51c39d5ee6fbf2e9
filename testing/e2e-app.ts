import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Log, logAs } from '#dev/log.ts';
import { openTempFolder, sweepTempFolders } from '#dev/temp-folder.ts';
import { makeOwnApp } from './own-app.ts';
import { e2eFollowers, publishApp } from './running-app.ts';

/** One walkthrough takes all of these, so they are few. The other walkthroughs hold about fifteen at once at most. */
const MAX_STREAMS = '40';

/** Prints what the application says, and keeps it: a walkthrough looks into it. */
function keepingIn(file: string): Log {
  return (line) => {
    appendFileSync(file, `${line}\n`);
    console.log(line);
  };
}

/** Playwright's global setup: the real application, production build, on free ports and data of its own. */
export default async function setup(): Promise<() => Promise<void>> {
  await sweepTempFolders();
  const folder = openTempFolder('e2e');
  const print = keepingIn(join(folder.dir, 'application.log'));
  const app = await makeOwnApp({
    dataDir: folder.dir,
    followers: e2eFollowers(),
    env: { ...process.env, MAX_STREAMS, LAB: '1' },
    log: logAs('e2e', print),
    print,
  });
  const stop = async () => {
    await app.stop();
    folder.remove();
  };
  try {
    await app.start();
  } catch (error) {
    await stop();
    throw error;
  }
  publishApp({ ...app.servers, url: app.url, dataDir: folder.dir }, process.env);
  return stop;
}
