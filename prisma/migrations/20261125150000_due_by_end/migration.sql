-- Looks for what is due have this condition and no other statement has it. Statements that name an id ask for states;
-- whenever the statistics were of an idle moment and promised next to no row in those states, they were answered from
-- the old indexes and read all that was unfinished: 3 ms for each claim of a task with 20,000 of them.
ALTER TABLE "task" ADD CONSTRAINT "task_has_an_end"
  CHECK (("finished_at" IS NULL) = ("state" IN ('waiting', 'running')));
DROP INDEX "task_due";
CREATE INDEX "task_due" ON "task"("leased_until") WHERE "finished_at" IS NULL;

ALTER TABLE "fan_out" ADD CONSTRAINT "fan_out_has_an_end"
  CHECK (("finished_at" IS NULL) = ("state" IN ('waiting', 'delivering')));
DROP INDEX "fan_out_due";
CREATE INDEX "fan_out_due" ON "fan_out"("due_at") WHERE "finished_at" IS NULL;
