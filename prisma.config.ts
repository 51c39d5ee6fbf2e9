import { defineConfig } from 'prisma/config';

// `prisma generate` looks for its engine binary on a download host although it never runs it.
// Naming any file that exists keeps it off the network. Migrations are applied by prisma/migrate.ts.
process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.execPath;

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
});
