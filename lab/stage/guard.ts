import { spawn } from 'node:child_process';
import { scriptCommand } from './start-script.ts';

/**
 * Starts a process that throws a stage away when this process has ended for any reason: Reset, a kill together with its
 * supervisor, or lack of memory. It notices because their channel breaks. The returned function ends it. Call it when
 * the stage was closed as it should be.
 */
export function guard(dir: string): () => void {
  const { command, args, cwd } = scriptCommand('lab/stage/guard-process.ts', dir);
  // It leads a group of its own, so that a kill of this process's group does not reach it.
  const child = spawn(command, args, { cwd, detached: true, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  child.unref();
  child.channel?.unref();
  return () => void child.kill('SIGKILL');
}
