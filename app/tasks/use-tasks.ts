'use client';

import { useState } from 'react';
import type { TaskView } from '#api/contract.ts';
import { useLive } from '#app/live/use-live.ts';
import { mergeTasks } from './task-list.ts';

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
