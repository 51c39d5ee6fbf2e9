/**
 * How many followers the celebrity of the walkthroughs has: 1,000,000 unless E2E_FOLLOWERS says otherwise, because the
 * walkthrough of the million must be one.
 */
export const e2eFollowers = (): number => Number(process.env.E2E_FOLLOWERS || 1_000_000);
