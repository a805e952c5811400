# talking-photo as a container: one image for every role (ROLES=web, worker or both). It needs a PostgreSQL (DATABASE_URL) as soon
# as there are two of it; migrations are applied at start, under a lock, by whoever comes first.
ARG NODE_IMAGE=node:24.11-trixie-slim

# What runs: nothing but the packages that the server needs.
FROM ${NODE_IMAGE} AS packages
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --no-audit --no-fund

# What is built: with compiler and generator, which stay here.
FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY prisma ./prisma
COPY scripts/prisma.mjs scripts/build-seed.mjs ./scripts/
COPY src ./src
RUN npm run build

FROM ${NODE_IMAGE} AS runtime
LABEL org.opencontainers.image.title="talking-photo" \
      org.opencontainers.image.description="Turns a photo and a script into a video in which the photo speaks." \
      org.opencontainers.image.licenses="Apache-2.0"
# ffmpeg looks at films that come from vendors (7.1 in trixie); tini passes signals on and buries orphans.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ffmpeg tini \
    && rm -rf /var/lib/apt/lists/* \
    && install -d -o node -g node /data
WORKDIR /app
COPY package.json LICENSE ./
COPY --from=packages /app/node_modules ./node_modules
COPY assets ./assets
COPY prisma/migrations ./prisma/migrations
COPY --from=build /app/dist ./dist
# Without MALLOC_ARENA_MAX decoded photos leave a third more memory behind.
ENV NODE_ENV=production \
    ENVIRONMENT=production \
    MALLOC_ARENA_MAX=1 \
    HOST=0.0.0.0 \
    PORT=5000 \
    DATA_DIR=/data
USER node
VOLUME /data
EXPOSE 5000
STOPSIGNAL SIGTERM
# Alive, not ready: a node without its database, or one that drains, is not made better by being killed. A worker has no port.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["node", "-e", "const {PORT, ROLES = 'web'} = process.env; if (ROLES.includes('web')) fetch(`http://127.0.0.1:${PORT}/health/live`, {signal: AbortSignal.timeout(4000)}).then(({ok}) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["tini", "--"]
CMD ["node", "--enable-source-maps", "dist/main.js"]
