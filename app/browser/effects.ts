/** What a reader can cause besides experiments. Server and browser use these names, and this browser notes them. */
export const EFFECTS = {
  accepted: 'tweet accepted',
  delivered: 'tweet delivered',
  task: 'task succeeded',
  scheduled: 'scheduled tweet posted',
} as const;

/** The name of the effect that an experiment's verdict is noted under. */
export const verdictOf = (experiment: string): string => `verdict of ${experiment}`;
