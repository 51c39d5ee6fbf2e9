-- Apps that other people wrote, and what they may do for an account: see docs/decisions/042. Of every secret only the
-- SHA-256 is kept. Whoever reads these tables can act for nobody.
CREATE TABLE "client_app" (
    "id" INTEGER GENERATED ALWAYS AS IDENTITY,
    "client_id" TEXT NOT NULL,
    "secret_hash" BYTEA NOT NULL,
    "name" TEXT NOT NULL,
    "website" TEXT,
    "redirect_uris" TEXT[] NOT NULL,
    "scopes" TEXT[] NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "used_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "client_app_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "client_app_used_at_idx" ON "client_app"("used_at");
CREATE UNIQUE INDEX "client_app_client_id_key" ON "client_app"("client_id");

-- A code is used once. Its row stays for a day, so that a second use is recognised and takes back what the first one gave.
CREATE TABLE "authorization_code" (
    "hash" BYTEA NOT NULL,
    "app_id" INTEGER NOT NULL,
    "account_id" INTEGER NOT NULL,
    "redirect_uri" TEXT NOT NULL,
    "scopes" TEXT[] NOT NULL,
    "challenge" TEXT,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),
    "reused_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "authorization_code_pkey" PRIMARY KEY ("hash"),
    CONSTRAINT "authorization_code_app_id_fkey" FOREIGN KEY ("app_id") REFERENCES "client_app"("id") ON DELETE CASCADE
);
CREATE INDEX "authorization_code_app_id_idx" ON "authorization_code"("app_id");
CREATE INDEX "authorization_code_created_at_idx" ON "authorization_code"("created_at");

-- "account_id" is null for an app that acts for nobody. "used_at" is written once an hour at most.
CREATE TABLE "access_token" (
    "id" BIGINT GENERATED ALWAYS AS IDENTITY,
    "hash" BYTEA NOT NULL,
    "app_id" INTEGER NOT NULL,
    "account_id" INTEGER,
    "scopes" TEXT[] NOT NULL,
    "code_hash" BYTEA,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "used_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "access_token_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "access_token_app_id_fkey" FOREIGN KEY ("app_id") REFERENCES "client_app"("id") ON DELETE CASCADE
);
CREATE UNIQUE INDEX "access_token_hash_key" ON "access_token"("hash");
CREATE INDEX "access_token_account_id_idx" ON "access_token"("account_id", "used_at");
CREATE INDEX "access_token_app_id_idx" ON "access_token"("app_id", "used_at");
CREATE INDEX "access_token_code_hash_idx" ON "access_token"("code_hash");
