-- What an audit found, for those who wait in line with the same tweet. See core/audit/line.ts. The version before neither
-- writes nor reads it, and runs such audits one after the other.
ALTER TABLE "audit_line" ADD COLUMN "result" JSONB;
