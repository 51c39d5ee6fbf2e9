/** What a verdict means. An experiment that must fail passes when the checker has found the failure. */
export function verdictInWords(passed: boolean, mustFail: boolean): string {
  if (!mustFail) return passed ? 'every promise was kept' : 'a promise was broken';
  return passed
    ? 'it failed, as it must: the checker found what the missing net would have caught'
    : 'it had to fail in one way, and did not';
}

/** What is said in place of an answer when other work of the machine has spoilt the measurement. No promise is broken. */
export const NOT_MEASURED =
  'it could not be measured, because this machine was too busy with other work: run it again';

/** Words as a sentence of their own. */
export const sentence = (words: string): string => `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
