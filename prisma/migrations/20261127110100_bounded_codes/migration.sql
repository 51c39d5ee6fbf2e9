-- An account has so many codes at most: see core/clients/codes.ts.
CREATE INDEX "authorization_code_account_id_created_at_idx" ON "authorization_code"("account_id", "created_at" DESC);
