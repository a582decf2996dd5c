import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, extname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { FastifyInstance, FastifyReply } from "fastify";

const pageFolder = new URL("../page/", import.meta.url);

const contentTypes: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".woff2": "font/woff2",
};

/** The page's libraries, as ES modules out of node_modules; its import map names these addresses. */
const libraries: Readonly<Record<string, string>> = {
  "preact.js": "preact/dist/preact.mjs",
  "preact-hooks.js": "preact/hooks/dist/hooks.mjs",
  "htm.js": "htm/dist/htm.module.js",
  "htm-preact.js": "htm/preact/index.module.js",
};

/** The page in the browser: plain files, no bundler. */
export function servePage(http: FastifyInstance): void {
  http.get("/", (_request, reply) => sendFile(reply, new URL("index.html", pageFolder)));
  http.get("/favicon.ico", (_request, reply) => reply.code(204).send());
  http.get("/page/:name", (request, reply) => {
    const { name } = request.params as { name: string };
    if (name !== basename(name) || name.startsWith(".")) return reply.code(404).send();
    return sendFile(reply, new URL(name, pageFolder));
  });
  http.get("/lib/:name", (request, reply) => {
    const inModules = libraries[(request.params as { name: string }).name];
    if (!inModules) return reply.code(404).send();
    return sendFile(reply, moduleFile(inModules));
  });
}

/** Packages keep some of these files out of their exports, so the package's folder is found by its main file. */
function moduleFile(path: string): URL {
  const [name = "", ...inside] = path.split("/");
  const main = createRequire(import.meta.url).resolve(name);
  const folder = main.slice(0, main.lastIndexOf(`/node_modules/${name}/`) + `/node_modules/${name}/`.length);
  return pathToFileURL(folder + inside.join("/"));
}

async function sendFile(reply: FastifyReply, file: URL): Promise<FastifyReply> {
  try {
    const bytes = await readFile(fileURLToPath(file));
    const type = contentTypes[extname(file.pathname)] ?? "application/octet-stream";
    return reply.header("cache-control", "no-cache").type(type).send(bytes);
  } catch {
    return reply.code(404).send("There is no such file.");
  }
}
