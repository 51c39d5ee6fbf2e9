/** How a full system and its clients behave in a round. */
export type Policy = { name: string; backPressure: boolean; jitter: boolean };

/** As shipped first. Without back pressure nobody is refused, so jitter has no part. */
export const POLICIES: Policy[] = [
  { name: 'back pressure, jitter', backPressure: true, jitter: true },
  { name: 'back pressure, no jitter', backPressure: true, jitter: false },
  { name: 'no back pressure', backPressure: false, jitter: false },
];

/** Times the capacity. */
export const LOADS = [0.5, 1, 2, 3, 10];

/** The loads at which the goals must be reached. */
export const OVERLOADS = [3, 10];
