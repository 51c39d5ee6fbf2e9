import { significant } from './table.ts';

/** What a figure must reach. */
export type Goal = { atMost: number } | { atLeast: number };

type Figures = Record<string, number>;
type Goals = Record<string, Goal>;

/** The rows `figure, value, goal, verdict`. */
export function judge(figures: Figures, goals: Goals): string[][] {
  return Object.entries(figures).map(([name, figure]) => {
    const goal = goals[name];
    if (!goal) return [name, significant(figure), '', ''];
    return [name, significant(figure), inSigns(goal), isMet(goal, figure) ? 'met' : 'MISSED'];
  });
}

/** The figures that miss their goals. A figure that was not measured misses its goal. */
export function missed(figures: Figures, goals: Goals): string[] {
  return Object.entries(goals).flatMap(([name, goal]) =>
    isMet(goal, figures[name] ?? Number.NaN) ? [] : [name],
  );
}

const isMet = (goal: Goal, figure: number): boolean =>
  'atMost' in goal ? figure <= goal.atMost : figure >= goal.atLeast;

const inSigns = (goal: Goal) => ('atMost' in goal ? `≤ ${goal.atMost}` : `≥ ${goal.atLeast}`);
