# One static binary in an empty image. Build from the tree's root:
#   docker build -t kefu .
#   docker run -p 8811:8811 -v kefu-data:/data -v kefu-intents:/intents kefu
# The one-time link for the first admin is in `docker logs`.

FROM node:22-bookworm-slim AS pages
WORKDIR /kefu
COPY proto proto
COPY web web
RUN cd web && npm ci --no-audit --no-fund && npm run build

FROM rust:1.95-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends python3-pip && rm -rf /var/lib/apt/lists/*
WORKDIR /kefu
COPY . .
COPY --from=pages /kefu/web/dist web/dist
# glibc, linked in: from 2.34 on it resolves names without loading anything.
ENV RUSTFLAGS="-C target-feature=+crt-static"
RUN host=$(rustc -vV | sed -n 's/^host: //p') \
 && cargo xtask model --dir models/multilingual-e5-small \
 && cargo build --release --locked --package kefu --target "$host" \
 && cp "target/$host/release/kefu" /usr/local/bin/kefu \
 && mkdir -p /empty/data /empty/tmp

FROM scratch
COPY --from=build /usr/local/bin/kefu /kefu
COPY --from=build /kefu/models /models
# Writable, because admins publish into it; put a volume on it to keep what they publish.
COPY --from=build --chown=10001:10001 /kefu/intents /intents
COPY --from=build /kefu/words /words
COPY --from=build /kefu/config /config
COPY --from=build --chown=10001:10001 /empty/data /data
COPY --from=build --chown=10001:10001 /empty/tmp /tmp
USER 10001
EXPOSE 8811
VOLUME ["/data", "/intents"]
ENTRYPOINT ["/kefu", "serve", "--data-dir", "/data", "--listen", "0.0.0.0:8811"]
