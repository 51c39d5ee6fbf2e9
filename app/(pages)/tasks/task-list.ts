'use client';

import { useState } from 'react';
import type { TaskView } from '#api/contract.ts';
import { useLive } from '#app/browser/live/use-live.tsx';

const MOST = 100; // tasks on the page, as many as one answer holds

/** The known tasks with those that were heard: newest first, each task once, in its newest state. */
export function mergeTasks(known: readonly TaskView[], heard: readonly TaskView[]): TaskView[] {
  const byId = new Map(known.map((task) => [task.id, task]));
  for (const task of heard) {
    const older = byId.get(task.id);
    if (!older || older.now <= task.now) byId.set(task.id, task);
  }
  return [...byId.values()].sort((a, b) => b.id - a.id).slice(0, MOST);
}

/** Tweets that wait for their time, the next one first. */
export const scheduledTweets = (tasks: readonly TaskView[]): TaskView[] =>
  tasks
    .filter(({ kind, state, attempts }) => kind === 'tweet' && state === 'waiting' && attempts === 0)
    .sort((a, b) => a.dueAt.localeCompare(b.dueAt));

/** Whether it can be cancelled, and whether it can be retried. */
export const isUnfinished = ({ state }: TaskView): boolean => state === 'waiting' || state === 'running';

/** Whose tasks: the account's own, or everybody's. */
export type Scope = 'mine' | 'all';

/** An account's own tasks: as rendered, then live. */
export function useOwnTasks(account: string, initial: readonly TaskView[]) {
  const [tasks, setTasks] = useState(initial);
  const hear = (heard: readonly TaskView[]) => setTasks((known) => mergeTasks(known, heard));
  useLive([`tasks:${account}`], { tasks: ({ tasks: heard }) => hear(heard) });
  return { tasks, hear };
}

/** Everybody's, live while they are on screen; null before the first event. */
export function useAllTasks(scope: Scope, account: string): readonly TaskView[] | null {
  const [tasks, setTasks] = useState<readonly TaskView[] | null>(null);
  useLive(scope === 'all' ? [`all-tasks:${account}`] : [], {
    allTasks: ({ tasks: heard }) => setTasks((known) => mergeTasks(known ?? [], heard)),
  });
  return tasks;
}
