import { requireBrokerServer, type StartedBroker } from '../broker.ts';
import type { Supervised } from '../keep-running.ts';
import { type Log, logAs } from '../log.ts';
import { isOnGivenServer } from '../operators.ts';
import { nodeArgs, ROOT } from '../paths.ts';
import { type Running, startProgram } from '../program.ts';
import type { Programs } from '../programs.ts';
import type { Servers } from '../servers.ts';
import type { Breakable } from './inflict.ts';
import { Lab } from './lab.ts';
import { type ExperimentScripts, reportsOf } from './runs.ts';

/**
 * Whether pages may break this system: with LAB=1, or when every server was started here. With hot reload they may not,
 * because `tsx watch` passes no messages on.
 */
export function isLabOn(env: NodeJS.ProcessEnv, mode: 'start' | 'dev'): boolean {
  if (mode === 'dev') return false;
  if (env.LAB) return env.LAB === '1';
  return !isOnGivenServer(env);
}

type Ground = {
  url: string;
  env: NodeJS.ProcessEnv;
  programs: Programs;
  usualWorkers: number;
  servers: Servers;
  broker: StartedBroker | undefined;
  log: Log;
};

/** The lab of an application whose servers are up. */
export function openLab({ url, env, programs, usualWorkers, servers, broker, log }: Ground): Lab {
  const scripts = scriptsOn(url, env, programs.compiled);
  const started = (name: string): Supervised | undefined =>
    servers.started.find((server) => server.name === name);
  const isQueueRedis = broker?.name === 'bullmq';
  const system: Breakable = {
    ...{ programs, usualWorkers, urls: servers, isQueueRedis },
    servers: {
      queue: isQueueRedis ? started('queue') : broker?.server,
      timelines: started('timelines'),
      postgres: started('postgres'),
    },
    warm: (progress) => warm(scripts, progress),
  };
  return new Lab({
    ...{ system, scripts, log: (line) => log(`lab: ${line}`) },
    raced: (race) => {
      for (const web of programs.webs) web.send({ lab: 'race', race });
    },
    changed: (state) => {
      for (const web of programs.webs) web.send({ lab: 'state', state });
    },
    stage: (figures) => {
      for (const web of programs.webs) web.send({ lab: 'stage', figures });
    },
    requireBroker: requireBrokerServer,
  });
}

/** Each experiment runs in a process of its own, which may compute and wait as long as it likes. */
export function scriptsOn(url: string, env: NodeJS.ProcessEnv, compiled: boolean): ExperimentScripts {
  return {
    start: ([mode = 'list', ...args], messages) =>
      startProgram({
        ...{ name: 'experiment', command: process.execPath, cwd: ROOT, env, messages },
        args: [...nodeArgs('lab/experiments/main.ts', compiled), mode, url, ...args],
        output: logAs('lab'),
      }),
  };
}

const STOP = 1_000; // ms

function warm(scripts: ExperimentScripts, progress: (text: string) => void) {
  const running: Running = scripts.start(
    ['warm'],
    reportsOf((report) => {
      if (report.run === 'progress') progress(report.text);
    }),
  );
  return {
    done: running.exited.then(() => {}),
    stop: async () => void (await running.stop(STOP)),
  };
}
