/**
 * What a fan-out costs beside its deliveries, counted in deliveries: its rows, its message and its round trips. One machine
 * does 900,000 deliveries a second of a tweet to a million, or 2,100 small tweets a second (docs/figures.md). So a small
 * tweet takes as long as some 430 deliveries. The rate is measured in the same unit, so that it is right on a machine where
 * the ratio differs; see docs/decisions/028.
 *
 * Pages show it too. This file imports nothing, so that no browser loads the client of a store.
 */
export const FAN_OUT_COST = 400;
