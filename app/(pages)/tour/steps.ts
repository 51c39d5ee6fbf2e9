/** The experiments of the tour, one after another: a worker, a broker, a store, and a crowd. */
export const TOUR = ['worker-killed', 'delivered-twice', 'timelines-emptied', 'celebrity-first'] as const;

/** Where somebody is: at one of the experiments, or at the end. */
export const STEPS = [...TOUR, 'end'] as const;
export type TourStep = (typeof STEPS)[number];
