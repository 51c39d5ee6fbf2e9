import fc, { type Arbitrary } from 'fast-check';
import { z } from 'zod';

/** A JSON Schema, as it stands in the OpenAPI document. */
export const jsonSchema = z.record(z.string(), z.unknown());
export type Schema = z.infer<typeof jsonSchema>;

/** The keywords that schemas of requests use. A new one fails here, so that nobody forgets to draw it. */
const keywords = z.strictObject({
  $schema: z.unknown().optional(),
  description: z.unknown().optional(),
  default: z.unknown().optional(),
  format: z.unknown().optional(), // not needed: there is always a pattern beside it
  type: z.enum(['string', 'integer', 'number', 'boolean', 'object', 'array', 'null']).optional(),
  enum: z.array(z.unknown()).optional(),
  properties: z.record(z.string(), jsonSchema).optional(),
  required: z.array(z.string()).default([]),
  additionalProperties: z.unknown().optional(),
  propertyNames: jsonSchema.optional(),
  items: jsonSchema.optional(),
  pattern: z.string().optional(),
  minLength: z.int().optional(),
  maxLength: z.int().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  exclusiveMinimum: z.number().optional(),
});
type Keywords = z.infer<typeof keywords>;

/** How to draw texts and numbers that a schema allows, and what to draw for a name. */
export type Drawing = {
  text(bounds: Keywords): Arbitrary<string>;
  number(bounds: Keywords): Arbitrary<number>;
  /** Values that mean something to the application, by the names of parameters and members. */
  known: Record<string, readonly unknown[]>;
};

/** Makes an arbitrary of a schema. */
export function fromSchema(schema: Schema, drawing: Drawing): Arbitrary<unknown> {
  const words = keywords.parse(schema);
  if (words.enum) return fc.constantFrom(...words.enum);
  switch (words.type) {
    case 'string':
      return drawing.text(words);
    case 'integer':
    case 'number':
      return drawing.number(words);
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return fc.array(words.items ? fromSchema(words.items, drawing) : fc.jsonValue(), { maxLength: 5 });
    case 'object':
      return membersOf(schema, drawing);
    case undefined:
      return fc.jsonValue();
  }
}

/** Draws the members of an object. Optional ones are left out now and then. */
export function membersOf(schema: Schema, drawing: Drawing): Arbitrary<Record<string, unknown>> {
  const { properties, required, propertyNames, additionalProperties } = keywords.parse(schema);
  if (propertyNames) {
    const names = fromSchema(propertyNames, drawing).map(String);
    return fc.dictionary(names, fromSchema(jsonSchema.parse(additionalProperties), drawing), { maxKeys: 3 });
  }
  const members = Object.entries(properties ?? {}).map(
    ([name, member]) => [name, named(name, member, drawing)] as const,
  );
  return fc.record(Object.fromEntries(members), { requiredKeys: required });
}

/** Draws a value by its name and schema: mostly one that means something to the application, if there is one. */
export function named(name: string, schema: Schema, drawing: Drawing): Arbitrary<unknown> {
  const known = drawing.known[name];
  const drawn = fromSchema(schema, drawing);
  if (!known || known.length === 0) return drawn;
  return fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...known) }, { weight: 1, arbitrary: drawn });
}

/** Draws everything that a schema allows. */
export const valid = (known: Drawing['known']): Drawing => ({
  known,
  text: ({ pattern, minLength = 0, maxLength = 280 }) =>
    pattern ? fc.stringMatching(new RegExp(pattern)) : fc.string({ unit: 'grapheme', minLength, maxLength }),
  number: (bounds) => fc.integer({ min: lowest(bounds), max: highest(bounds) }),
});

/** Draws what lies on the bounds of a schema, and one step beyond. */
export const borderline = (known: Drawing['known']): Drawing => ({
  known,
  text: ({ pattern, minLength = 0, maxLength = 280 }) => {
    const lengths = [minLength - 1, minLength, minLength + 1, maxLength, maxLength + 1];
    const texts = lengths.flatMap((length) => LETTERS.map((letter) => letter.repeat(Math.max(length, 0))));
    if (!pattern) return fc.constantFrom(...texts);
    const fitting = fc.stringMatching(new RegExp(pattern));
    const longer = fitting.map((text) => text + text);
    return fc.oneof(
      fitting,
      longer,
      fitting.map((text) => text.slice(1)),
      fc.constantFrom(...texts),
    );
  },
  number: (bounds) => fc.constantFrom(...STEPS, ...[lowest(bounds), highest(bounds)].flatMap(neighbours)),
});

/** Characters of one, two, three and four bytes, and one of twenty-five bytes that a reader sees as one. */
const LETTERS = ['a', 'é', '字', '😀', '👩‍👩‍👧‍👦'];
const STEPS = [-1, 0, -0, 1, 0.5, 2 ** 31 - 1, 2 ** 31, 2 ** 53, 2 ** 63, 1e21, 1e300, 5e-324];

const neighbours = (bound: number) => [bound - 1, bound, bound + 1];
const lowest = ({ minimum, exclusiveMinimum = 0 }: Keywords) => minimum ?? exclusiveMinimum + 1;
const highest = ({ maximum = 2 ** 31 }: Keywords) => maximum;
