import { pidOf, type RunningApp, runningApp } from '#testing/running-app.ts';

/** The application that these walkthroughs run against. */
export function theApp(): RunningApp {
  const app = runningApp();
  if (!app) throw new Error('Expected the global setup to have started the application, found none');
  return app;
}

/**
 * Signals a part of it, such as `web` or `timelines`, and returns its pid. If it ends, the supervisor starts it again.
 */
export function signalPart(name: string, signal: NodeJS.Signals): number | undefined {
  const pid = pidOf(theApp(), name);
  if (pid !== undefined) process.kill(pid, signal);
  return pid;
}

/** Whether a process with this pid is there. */
export function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
