# Posko in containers; docs/operations.md, "Compose", says how it is run.
# The images are the last three stages: hub; keys, which makes what is secret; proxy, which is haproxy.

FROM node:20-bookworm-slim AS page
WORKDIR /src/web
COPY web/package.json web/package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY web ./
RUN npm run build

# NEEDS= : the packages are here, the Makefile need not look for those of the tests.
FROM debian:bookworm-slim AS build
WORKDIR /src
COPY hub/app/deps hub/app/deps
RUN hub/app/deps build
COPY Makefile ./
COPY docs/posko.conf docs/posko.conf
COPY hub hub
COPY include include
COPY sql sql
RUN make NEEDS= build
COPY --from=page /src/web/dist web/dist
RUN make NEEDS= -o web/dist/index.html install DESTDIR=/out

FROM debian:bookworm-slim AS hub
RUN apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends libwebsockets17 libwebsockets-evlib-uv libpq5 \
    libjansson4 libsodium23 libuv1 libinih1 libssl3 \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/* \
 && useradd --uid 10001 --user-group --no-create-home --home-dir /var/lib/posko --shell /usr/sbin/nologin posko \
 && install -d -o posko -g posko -m 0700 /etc/posko/login /etc/posko/tls /var/lib/posko /run/posko
COPY --from=build /out/usr/sbin/poskod /usr/sbin/
COPY --from=build /out/usr/bin/posko /usr/bin/
COPY --from=build /out/usr/share/posko /usr/share/posko
ENV POSKO_WEB=/usr/share/posko/web POSKO_HUB_KEY=/var/lib/posko/hub.key LANG=C.UTF-8
USER posko
ENTRYPOINT ["/usr/sbin/poskod"]

FROM hub AS keys
USER root
RUN apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends openssl \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/* \
 && install -d -o posko -g posko -m 0755 /etc/posko/database
COPY hub/app/compose-keys /usr/local/bin/
USER posko
ENTRYPOINT ["/usr/local/bin/compose-keys"]

FROM hub AS proxy
USER root
RUN apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends haproxy \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/*
COPY hub/app/compose-haproxy.cfg /etc/haproxy/haproxy.cfg
USER posko
ENTRYPOINT ["/usr/sbin/haproxy", "-db", "-f", "/etc/haproxy/haproxy.cfg"]
