import { App } from '#dev/app.ts';
import { logAs } from '#dev/log.ts';
import { freePort } from '#dev/ports.ts';
import { openTempFolder, sweepTempFolders } from '#dev/temp-folder.ts';
import { e2eFollowers } from './e2e-followers.ts';
import { publishApp } from './running-app.ts';

/** Few enough to take them all in a walkthrough; the others hold some fifteen at once at most. */
const MAX_STREAMS = '40';

/**
 * Playwright's global setup: the real application, production build, on free ports and data of its own.
 */
export default async function setup(): Promise<() => Promise<void>> {
  await sweepTempFolders();
  const folder = openTempFolder('e2e');
  const app = new App({
    dataDir: folder.dir,
    mode: 'start',
    port: await freePort(),
    workers: ['A', 'B'],
    followers: e2eFollowers(),
    env: { ...withoutServers(process.env), MAX_STREAMS },
    log: logAs('e2e'),
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

// The walkthroughs empty, kill and overload: never somebody's own servers.
function withoutServers(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { DATABASE_URL, QUEUE_REDIS_URL, TIMELINE_REDIS_URL, ...rest } = env;
  return rest as NodeJS.ProcessEnv;
}
