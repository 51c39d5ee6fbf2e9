import { untilSettled } from '../check/settled.ts';
import type { Findings } from './findings.ts';
import type { History } from './history.ts';
import { type Caller, signIn } from './load/call.ts';
import { type People, type Population, writePeople } from './people.ts';
import type { Stage } from './stage/stage.ts';

/** What every round of a run shares. */
export type Scene = {
  stage: Stage;
  people: People;
  /** The same people, signed in. */
  callers: { authors: (Caller & { followers: number })[]; actors: Caller[] };
  findings: Findings;
  history: History;
};

const SETTLE = 30_000; // ms for the workers to start

/** Fills a stage with people and signs those in who act. */
export async function fill(
  stage: Stage,
  population: Population,
  told: Pick<Scene, 'findings' | 'history'>,
): Promise<Scene> {
  const people = await writePeople(stage.pool, stage.store, population);
  await untilSettled(stage.store, SETTLE);
  const { url } = stage.web;
  const authors = await Promise.all(people.authors.map((author) => signIn(url, author)));
  const actors = await Promise.all(people.actors.map((actor) => signIn(url, actor)));
  return { ...told, stage, people, callers: { authors, actors } };
}
