import type { NextConfig } from 'next';

const config: NextConfig = {
  poweredByHeader: false,
  reactStrictMode: true,
  serverExternalPackages: ['pg', 'ioredis', 'bullmq', '@prisma/client', '@prisma/adapter-pg'],
};

export default config;
