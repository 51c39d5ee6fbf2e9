'use client';

import { useEffect, useEffectEvent, useState } from 'react';
import { readTasks, type Scope } from '#app/client/tasks.ts';
import type { TaskView } from '#app/contract.ts';
import { useEvery } from '#app/live/use-every.ts';
import { useLive } from '#app/live/use-live.ts';
import { mergeTasks } from './task-list.ts';

const EVERY_MS = 2_000; // between two looks at everybody's tasks

/** An account's own tasks: as rendered, then live. */
export function useOwnTasks(account: string, initial: readonly TaskView[]) {
  const [tasks, setTasks] = useState(initial);
  const hear = (heard: readonly TaskView[]) => setTasks((known) => mergeTasks(known, heard));
  useLive([`tasks:${account}`], { tasks: ({ tasks: heard }) => hear(heard) });
  return { tasks, hear };
}

/** Everybody's, read again and again while they are on screen; null before the first answer. */
export function useAllTasks(scope: Scope, account: string): readonly TaskView[] | null {
  const [tasks, setTasks] = useState<readonly TaskView[] | null>(null);
  const read = () => {
    if (scope === 'all') readTasks(scope, account).then((list) => setTasks(list.tasks), ignore);
  };
  const readAtOnce = useEffectEvent(read);
  useEffect(() => {
    if (scope === 'all') readAtOnce();
  }, [scope]);
  useEvery(EVERY_MS, read);
  return tasks;
}

const ignore = () => {}; // the status strip says what is away; the next look comes
