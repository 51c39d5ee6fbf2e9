import type { NextConfig } from 'next';

const config: NextConfig = {
  poweredByHeader: false,
  reactStrictMode: true,
  // No page has an image that is resized: the endpoint would fetch and decode whatever anybody asks for.
  images: { unoptimized: true },
  serverExternalPackages: ['pg', 'ioredis', 'bullmq', '@prisma/client', '@prisma/adapter-pg'],
  // `npm run check` checks all types; a bench or a test with a type error must not keep anyone from starting.
  typescript: { ignoreBuildErrors: true },
};

export default config;
