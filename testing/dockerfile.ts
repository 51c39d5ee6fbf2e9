import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { ROOT } from '#dev/paths.ts';

/*
 * Replays the steps of a Dockerfile in folders, without Docker: each stage is a folder that stands for `/`. It knows the
 * instructions that ours has, and throws at any other. What a base image brings (Node, a shell) is what this machine has.
 */

export type Step = { op: string; rest: string };
export type Stage = { name: string; from: string; steps: Step[] };

/** The stages of a Dockerfile, in order. */
export function readStages(text: string): Stage[] {
  const stages: Stage[] = [];
  for (const step of stepsOf(text)) {
    if (step.op === 'ARG') continue;
    const [, from = '', name = ''] = step.op === 'FROM' ? (/^(\S+) AS (\S+)$/.exec(step.rest) ?? []) : [];
    if (step.op === 'FROM') stages.push({ name, from, steps: [] });
    else stages.at(-1)?.steps.push(step);
  }
  return stages;
}

function stepsOf(text: string): Step[] {
  const lines = text
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n\s*/g, '')
    .split('\n');
  return lines
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, op = '', rest = ''] = /^(\S+)\s+(.*)$/.exec(line) ?? [];
      return { op, rest };
    });
}

/** A copy instruction: from the context, or from an earlier stage. */
export type Copy = { from: string | null; sources: string[]; to: string };

export function copyOf({ rest }: Step): Copy {
  const words = rest.split(/\s+/);
  const from = words[0]?.startsWith('--from=') ? words.shift()?.slice('--from='.length) : undefined;
  return { from: from ?? null, to: words.pop() ?? '', sources: words };
}

/** The files that a build gets from this clone: what git knows and .dockerignore lets through. */
export function contextFiles(): string[] {
  const tracked = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  const rules = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n').filter(isRule).map(ruleOf);
  return tracked.split('\n').filter((file) => file !== '' && isLetThrough(file, rules));
}

const isRule = (line: string): boolean => line.trim() !== '' && !line.startsWith('#');

type Rule = { isExcluding: boolean; pattern: RegExp };

/** A pattern also means everything below it. The last rule that fits decides, as Docker does it. */
function ruleOf(line: string): Rule {
  const isExcluding = !line.startsWith('!');
  const glob = line.replace(/^!/, '').trim();
  const source = glob
    .split(/(\*\*\/|\*)/)
    .map((part) =>
      part === '**/' ? '(?:.*/)?' : part === '*' ? '[^/]*' : part.replace(/[.+()[\]$]/g, '\\$&'),
    )
    .join('');
  return { isExcluding, pattern: new RegExp(`^${source}(?:/.*)?$`) };
}

const isLetThrough = (file: string, rules: Rule[]): boolean =>
  !(rules.findLast(({ pattern }) => pattern.test(file))?.isExcluding ?? false);

/** The files of the context that one source of a copy means. */
export const filesOf = (source: string, context: string[]): string[] =>
  context.filter((file) => file === source || file.startsWith(`${source}/`));

export type Replayed = {
  /** The folder that stands for `/`, and the working folder in it. */
  root: string;
  workDir: string;
  env: Record<string, string>;
  /** The last `CMD`. */
  command: string[];
};

export type Replay = {
  /** Folders of the stages come here. */
  dir: string;
  /** Runs a command of a `RUN`, in this folder with this environment. */
  run(command: string, cwd: string, env: Record<string, string>): void;
  /** Brings what an earlier stage would have; by default it is copied from that stage's folder. */
  fromStage?(path: string, to: string): void;
};

/** Replays one stage, and those that it begins with, from its first step to its last. */
export function replayStage(stages: Stage[], name: string, replay: Replay): Replayed {
  const stage = stages.find((each) => each.name === name);
  if (!stage) throw new Error(`Expected a stage ${name}, got ${stages.map((each) => each.name).join(', ')}`);
  const root = join(replay.dir, name);
  const base = stages.find((each) => each.name === stage.from);
  const before = base && replayStage(stages, base.name, replay);
  if (before) execFileSync('cp', ['-al', before.root, root]);
  else mkdirSync(root, { recursive: true });
  const replayed: Replayed = {
    root,
    workDir: before ? before.workDir.replace(before.root, root) : root,
    env: { ...before?.env },
    command: before?.command ?? [],
  };
  for (const step of stage.steps) playStep(step, replayed, { ...replay, stages });
  return replayed;
}

type Playing = Replay & { stages: Stage[] };

function playStep(step: Step, replayed: Replayed, replay: Playing): void {
  const { root, workDir, env } = replayed;
  switch (step.op) {
    case 'WORKDIR':
      replayed.workDir = join(root, step.rest);
      mkdirSync(replayed.workDir, { recursive: true });
      return;
    case 'ENV':
      for (const [, key = '', value = ''] of step.rest.matchAll(/(\w+)=(\S+)/g)) env[key] = value;
      return;
    case 'COPY':
      playCopy(copyOf(step), replayed, replay);
      return;
    case 'RUN':
      replay.run(step.rest, workDir, env);
      return;
    case 'CMD':
      replayed.command = JSON.parse(step.rest);
      return;
    case 'USER': // a folder belongs to whoever replays
    case 'EXPOSE':
      return;
    default:
      throw new Error(`Expected an instruction that can be replayed, got ${step.op}`);
  }
}

function playCopy({ from, sources, to }: Copy, { workDir }: Replayed, replay: Playing): void {
  for (const source of sources)
    if (from === null) copyFromContext(source, { workDir, to });
    else if (replay.fromStage) replay.fromStage(source, join(workDir, to));
    else cpSync(join(rootOf(from, replay), source), join(workDir, to), COPYING);
}

const COPYING = { recursive: true, verbatimSymlinks: true };

/** The folder of another stage, which is replayed first. */
function rootOf(name: string, { stages, ...replay }: Playing): string {
  const root = join(replay.dir, name);
  return existsSync(root) ? root : replayStage(stages, name, replay).root;
}

function copyFromContext(source: string, { workDir, to }: { workDir: string; to: string }): void {
  const files = filesOf(source, contextFiles());
  if (files.length === 0) throw new Error(`Expected files at ${source}, .dockerignore lets none through`);
  for (const file of files) copyFile(file, join(workDir, targetOf(file, source, to)));
}

/** `COPY a b ./` keeps the names, `COPY folder folder` gives the folder another one. */
function targetOf(file: string, source: string, to: string): string {
  if (to === './') return posix.join(to, posix.basename(file));
  return posix.join(to, posix.relative(source, file));
}

function copyFile(file: string, target: string): void {
  mkdirSync(dirname(target), { recursive: true });
  if (statSync(join(ROOT, file)).isFile()) cpSync(join(ROOT, file), target);
}
