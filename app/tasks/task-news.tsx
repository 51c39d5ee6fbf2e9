'use client';

import { useState } from 'react';
import type { TaskView } from '#api/contract.ts';
import { isUnfinished } from './task-list.ts';
import { stateOf, titleOf } from './words.ts';

/** Tells a screen reader how a task has ended; what had ended before the page was opened is no news. */
export function TaskNews({ tasks }: { tasks: readonly TaskView[] }) {
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const [news, setNews] = useState('');
  const ended = tasks.filter((task) => open.has(task.id) && !isUnfinished(task));
  const now = tasks.filter(isUnfinished).map(({ id }) => id);
  if (now.length !== open.size || now.some((id) => !open.has(id))) setOpen(new Set(now));
  if (ended[0]) {
    const said = `${titleOf(ended[0].kind)}, task ${ended[0].id}: ${stateOf(ended[0])}`;
    if (said !== news) setNews(said);
  }
  return (
    <p role="status" className="sr-only">
      {news}
    </p>
  );
}
