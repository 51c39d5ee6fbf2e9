let written = 0;

/** The sentence with a number that no other tweet of any run has, so that it is found, and counted, alone. */
export const newText = (sentence: string): string => `${sentence} #${Date.now().toString(36)}${written++}`;
