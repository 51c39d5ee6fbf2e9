-- A page of home looks for the authors with intervals of pull above its lowest id. Intervals of years end below it, and the
-- index leaves them out. An open one ends above all ids. The other columns spare the look at the table.
CREATE INDEX "pull_interval_end" ON "pull_interval"((coalesce("to_id", 9007199254740991))) INCLUDE ("author_id", "from_id", "to_id");
