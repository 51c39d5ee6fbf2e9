/** One line of CSV (RFC 4180). Every cell is in quotes. One that a spreadsheet would take for a formula begins with `'`. */
export const csvLine = (...cells: string[]): string => `${cells.map(csvCell).join()}\r\n`;

/** Spreadsheets read the wide signs of East Asian keyboards as the plain ones, and skip white space before either. */
const FORMULA = /^\s*[=+@\-＝＋＠－]|^[\t\r\n]/u;

const csvCell = (text: string): string =>
  `"${(FORMULA.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
