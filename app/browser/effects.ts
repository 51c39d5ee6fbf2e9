/** What a reader can cause beside experiments, as this browser notes it. Server and browser use these names. */
export const EFFECTS = {
  accepted: 'tweet accepted',
  delivered: 'tweet delivered',
  task: 'task succeeded',
  scheduled: 'scheduled tweet posted',
} as const;

/** The effect that the verdict of an experiment is. */
export const verdictOf = (experiment: string): string => `verdict of ${experiment}`;
