let written = 0;

/** Adds a number to the sentence that no other tweet of any run has, so that only this tweet is found and counted. */
export const newText = (sentence: string): string => `${sentence} #${Date.now().toString(36)}${written++}`;
