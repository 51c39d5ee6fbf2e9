import { z } from '@hono/zod-openapi';

/** A number of things. */
export const count = z.int().nonnegative();

/** The id of a row. */
export const id = z.int().positive();

/** ISO 8601, UTC. */
export const time = z.string();

/** A shape with a name of its own, or null: `nullable` would describe it as a named one that is null, which nothing is. */
export const orNull = <S extends z.ZodType>(schema: S) => z.union([schema, z.null()]);

/** RFC 9457. `errors` names each field that is not as expected; some problems carry further figures. */
export const problem = z
  .looseObject({
    type: z
      .string()
      .meta({ description: 'A page of this application that says what happened and what to do' }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
    traceId: z.string().optional().meta({ description: 'The trace of the call, where traces are kept' }),
  })
  .meta({ id: 'Problem' });
