import { significant } from './table.ts';

/** What a figure must reach. */
export type Goal = { atMost: number } | { atLeast: number };

/** How a figure stands to its goal. */
export function isMet(goal: Goal, figure: number): boolean {
  return 'atMost' in goal ? figure <= goal.atMost : figure >= goal.atLeast;
}

/** The rows `figure, value, goal, verdict`; a missed goal is shown as missed. */
export function judge(figures: Record<string, number>, goals: Record<string, Goal>): string[][] {
  return Object.entries(figures).map(([name, figure]) => {
    const goal = goals[name];
    if (!goal) return [name, significant(figure), '', ''];
    return [name, significant(figure), inSigns(goal), isMet(goal, figure) ? 'met' : 'MISSED'];
  });
}

/** The figures that miss their goals; a figure that was not measured misses. */
export function missed(figures: Record<string, number>, goals: Record<string, Goal>): string[] {
  return Object.entries(goals).flatMap(([name, goal]) =>
    isMet(goal, figures[name] ?? Number.NaN) ? [] : [name],
  );
}

const inSigns = (goal: Goal) => ('atMost' in goal ? `≤ ${goal.atMost}` : `≥ ${goal.atLeast}`);
