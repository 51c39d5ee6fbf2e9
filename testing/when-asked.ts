import type pg from 'pg';

/** The pool, but once it has answered a query like this, something else happens before the answer is given on. */
export function whenAsked(pool: pg.Pool, like: RegExp, then: () => unknown): pg.Pool {
  const query = async (statement: pg.QueryConfig) => {
    const answer = await pool.query(statement);
    if (like.test(statement.text)) await then();
    return answer;
  };
  return Object.assign(Object.create(pool), { query, connect: () => pool.connect() });
}
