import { z } from 'zod';
import { EFFECTS, verdictOf } from '#app/browser/effects.ts';

/** What can be done in place, beside experiments. */
const widget = z.enum(['post', 'delivery', 'task', 'schedule', 'back-pressure', 'law']);
export type WidgetName = z.infer<typeof widget>;

/**
 * One figure of a recorded bench, by its name in docs/figures. A size in braces, such as `{followers}`, is filled in.
 */
const figure = z.object({ name: z.string(), figure: z.string(), unit: z.string() });

/** One statement of the chapter, and how a reader causes what it says. */
export const statement = z.object({
  /** Names it in addresses: `/learn#at-least-once`. */
  id: z.string().regex(/^[a-z-]+$/),
  title: z.string(),
  text: z.string(),
  widget: widget.optional(),
  /** Ids of experiments. The tick needs the verdict of each. */
  experiments: z.array(z.string()),
  /** Ids of experiments that show more of it. */
  more: z.array(z.string()),
  recorded: z.object({ bench: z.enum(['brokers', 'tasks']), figures: z.array(figure) }).optional(),
});
export type Statement = z.infer<typeof statement>;

export const part = z.object({ title: z.string(), statements: z.array(statement) });
export type Part = z.infer<typeof part>;

/** The effect that the reader causes with a widget. The other widgets only show figures. */
const CAUSED: Partial<Record<WidgetName, string>> = {
  ...{ post: EFFECTS.accepted, delivery: EFFECTS.delivered },
  ...{ task: EFFECTS.task, schedule: EFFECTS.scheduled },
};

/** What has to be caused before the statement is ticked. */
export function effectsOf({ widget, experiments }: Statement): string[] {
  const caused = widget && CAUSED[widget];
  return [...(caused ? [caused] : []), ...experiments.map(verdictOf)];
}
