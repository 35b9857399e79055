# codecarbon-otel in a container: monitors the host whose /proc and /sys are mounted at HOST_PROC and HOST_SYS.
#
#   docker build -t codecarbon-otel .
#   docker run --user 0:0 --cap-drop ALL -v /proc:/host/proc:ro -v /sys:/host/sys:ro \
#     -e HOST_PROC=/host/proc -e HOST_SYS=/host/sys codecarbon-otel detect
FROM node:22.22.2-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY . .
RUN npm run build
RUN npm prune --omit=dev

FROM node:22.22.2-bookworm-slim
WORKDIR /app
ENV NODE_ENV=production
COPY --from=build /app/package.json package.json
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY --from=build /app/examples examples
# Enough where every user may read the counters; with root's alone, run it as root without capabilities.
USER node
ENTRYPOINT ["node", "/app/dist/cli/main.mjs"]
CMD ["monitor"]
