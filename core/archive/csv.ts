/** One line of CSV (RFC 4180). Every cell is in quotes, and what a spreadsheet would take for a formula begins with a `'`. */
export const csvLine = (...cells: string[]): string => `${cells.map(csvCell).join()}\r\n`;

const csvCell = (text: string): string => `"${text.replace(/^[=+@\t\r-]/, "'$&").replaceAll('"', '""')}"`;
