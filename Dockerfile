# The registry as a small image that runs as nobody in particular.
FROM rust:1.95-slim-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends gcc g++ libc6-dev make && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY . .
RUN cargo build --release --locked && strip target/release/skills-registry

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /data --create-home registry
COPY --from=build /build/target/release/skills-registry /usr/local/bin/skills-registry
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 50051
HEALTHCHECK --interval=10s --timeout=3s CMD ["skills-registry", "healthcheck"]
ENTRYPOINT ["skills-registry"]
CMD ["serve"]
