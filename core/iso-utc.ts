/** SQL for a `timestamptz` as the HTTP interface says it: ISO 8601, UTC, to the millisecond; null stays null. */
export const isoUtc = (expression: string): string =>
  `to_char(${expression} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
