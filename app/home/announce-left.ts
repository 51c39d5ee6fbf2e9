/** What a screen reader hears of the characters left: only at 20, 10 and 0, and when it is too long. */
export function announceLeft(left: number): string {
  if (left < 0) return 'Too long';
  if (left === 0) return 'No characters left';
  if (left <= 10) return '10 characters left';
  return left <= 20 ? '20 characters left' : '';
}
