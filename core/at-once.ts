/**
 * Works on all items, so many at once, and returns the answers in the same order. One that fails keeps no other from its turn.
 * When all have ended, this throws the first error.
 */
export async function atOnce<Item, Answer>(
  most: number,
  items: Iterable<Item>,
  work: (item: Item) => Promise<Answer>,
): Promise<Answer[]> {
  const left = [...items].entries();
  const answers: Answer[] = [];
  const errors: unknown[] = [];
  const one = async () => {
    for (const [n, item] of left)
      await work(item).then(
        (answer) => {
          answers[n] = answer;
        },
        (error) => errors.push(error),
      );
  };
  await Promise.all(Array.from({ length: most }, one));
  if (errors.length > 0) throw errors[0];
  return answers;
}
