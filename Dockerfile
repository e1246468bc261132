# The worker's image. Builds with any of docker, podman and buildah; nothing is downloaded when it starts.

ARG NODE_IMAGE=docker.io/library/node:24.21.0-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
# without scripts: they would fetch what development alone needs
RUN npm ci --ignore-scripts
COPY tsconfig.json rolldown.config.ts ./
COPY dashboard dashboard
COPY migrations migrations
COPY ops/licences ops/licences
COPY src src
RUN npm run build

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --omit=dev

FROM ${NODE_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="telemetra-stream" \
      org.opencontainers.image.description="Live-stream chat to answers: sliding event-time windows and moments, from Kafka into PostgreSQL, exactly once" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"

# One arena, and large blocks given back at once: what Kafka's answers leave behind would otherwise stay with the process (docs/capacity.md).
ENV NODE_ENV=production \
    HTTP_HOST=0.0.0.0 \
    MALLOC_ARENA_MAX=1 \
    MALLOC_MMAP_THRESHOLD_=131072 \
    MALLOC_TRIM_THRESHOLD_=131072

WORKDIR /app
COPY LICENSE package.json ./
# Everything else that the worker needs is in dist/ already.
COPY --from=dependencies /build/node_modules/@node-rs node_modules/@node-rs
COPY --from=dependencies /build/node_modules/@antoniomuso node_modules/@antoniomuso
COPY --from=dependencies /build/node_modules/@napi-rs node_modules/@napi-rs
COPY --from=dependencies /build/node_modules/lz4-napi node_modules/lz4-napi
COPY --from=dependencies /build/node_modules/snappy node_modules/snappy
COPY migrations migrations
COPY bin bin
COPY --from=build /build/dist dist

# The official image's own user, who may write nothing here.
USER node
EXPOSE 4040
# Live while it makes progress, and during all attempts to start.
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.HTTP_PORT || 4040}/health/live`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# After `--` Node reads no flags: --env-file is the command's own.
ENTRYPOINT ["node", "--max-semi-space-size=16", "--", "/app/bin/telemetra.js"]
CMD ["run"]
