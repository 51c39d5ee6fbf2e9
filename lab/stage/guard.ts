import { spawn } from 'node:child_process';
import { scriptCommand } from './start-script.ts';

/**
 * Starts a process that throws a stage away when this one has ended, however that came: ended by Reset, killed together with
 * its supervisor, or out of memory. It hears of it because their channel breaks. Returns how to end it, for a stage that was
 * closed as it should be.
 */
export function guard(dir: string): () => void {
  const { command, args, cwd } = scriptCommand('lab/stage/guard-process.ts', dir);
  // A leader of its own group: what kills this process and its group must not reach it.
  const child = spawn(command, args, { cwd, detached: true, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  child.unref();
  child.channel?.unref();
  return () => void child.kill('SIGKILL');
}
