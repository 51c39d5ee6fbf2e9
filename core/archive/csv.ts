/** SQL for one cell of CSV (RFC 4180), always in quotes; what a spreadsheet would take for a formula begins with a `'`. */
export const csvCell = (expression: string): string =>
  `'"' || replace(regexp_replace(${expression}, '^([=+@\\t\\r-])', '''\\1'), '"', '""') || '"'`;

/** SQL for one line of these cells. */
export const csvLine = (...cells: string[]): string =>
  `${cells.map(csvCell).join(` || ',' || `)} || E'\\r\\n'`;

/** The line of headings. */
export const csvHead = (...names: string[]): string => `${names.map((name) => `"${name}"`).join()}\r\n`;
