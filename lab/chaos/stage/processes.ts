import { join } from 'node:path';
import { ROOT } from '#dev/paths.ts';
import { startProgram } from '#dev/program.ts';
import { Link } from '#testing/link.ts';
import { Part, type PartOptions } from './part.ts';
import type { ServerName, ServerParts } from './servers.ts';

/** A process with its own link to each server. */
export type Linked = { part: Part; links: Record<ServerName, Link> };

export type ProcessOptions = {
  name: string;
  /** Of `node`. */
  args: string[];
  /** Beside the servers' URLs. */
  env: NodeJS.ProcessEnv;
  servers: ServerParts;
  /** For its output. */
  logDir: string;
  died: PartOptions['died'];
};

/** Starts a process that reaches the servers by links alone. */
export async function startLinked(options: ProcessOptions): Promise<Linked> {
  const { name, args, env, servers, logDir, died } = options;
  const links = {
    postgres: await Link.open(servers.ports.postgres),
    queue: await Link.open(servers.ports.queue),
    timelines: await Link.open(servers.ports.timelines),
  };
  const launch = async () =>
    startProgram({
      name,
      command: process.execPath,
      args,
      cwd: ROOT,
      env: { ...env, ...variables(servers, links) },
      output: { file: join(logDir, `${name}.log`) },
    });
  const part = new Part({ name, died, launch });
  await part.start();
  return { part, links };
}

function variables({ urls, brokerAt }: ServerParts, links: Linked['links']) {
  return {
    DATABASE_URL: through(urls.postgres, links.postgres),
    TIMELINE_REDIS_URL: through(urls.timelines, links.timelines),
    ...brokerAt(through(urls.queue, links.queue)),
  };
}

function through(url: string, { port }: Link): string {
  return url.replace(/:\d+(?=\/|$)/, `:${port}`);
}
