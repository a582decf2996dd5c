import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { buffer } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import tar from "tar-stream";

/** A registry with one image, `base:1`, which has one file and no program. */
export type Registry = {
  /** `127.0.0.1:<port>`, where the engine finds it. */
  host: string;
  /** The sign-ins it was shown: `user:password`. */
  shown(): string[];
  close(): Promise<void>;
};

/** Starts one in a network namespace (`inNamespace`), for 3 minutes at most. With a login it is closed to everyone else. */
export async function registryIn(namespace: readonly string[], login = ""): Promise<Registry> {
  const [program = "", ...args] = [...namespace, process.execPath, fileURLToPath(import.meta.url), login];
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"], timeout: 180_000 });
  const shown: string[] = [];
  const lines = createInterface(child.stdout);
  const [port] = (await once(lines, "line")) as [string];
  lines.on("line", (line: string) => shown.push(line));
  return {
    host: `127.0.0.1:${port}`,
    shown: () => [...shown],
    async close() {
      child.kill();
      await once(child, "exit");
    },
  };
}

async function serve(login: string): Promise<void> {
  const content = await image();
  const server = createServer((request, response) => {
    const basic = /^Basic (.+)$/.exec(request.headers.authorization ?? "")?.[1];
    const signedIn = basic === undefined ? "" : Buffer.from(basic, "base64").toString();
    if (signedIn) console.log(signedIn);
    if (login !== "" && signedIn !== login)
      return response.writeHead(401, { "www-authenticate": 'Basic realm="lab"' }).end();
    const { pathname } = new URL(request.url ?? "", "http://registry");
    if (pathname === "/v2/") return response.end("{}");
    const asked = /^\/v2\/base\/(?:manifests|blobs)\/(.+)$/.exec(pathname)?.[1] ?? "";
    const found = content.get(asked === "1" ? "manifest" : asked);
    if (!found) return response.writeHead(404).end();
    response.writeHead(200, {
      "content-type": found.type,
      "content-length": found.bytes.length,
      "docker-content-digest": digest(found.bytes),
    });
    response.end(request.method === "HEAD" ? undefined : found.bytes);
  });
  server.listen(0, "0.0.0.0", () => console.log((server.address() as { port: number }).port));
}

type Content = Map<string, { type: string; bytes: Buffer }>;

async function image(): Promise<Content> {
  const pack = tar.pack();
  pack.entry({ name: "from-the-registry" }, "of the lab\n");
  pack.finalize();
  const layer = await buffer(pack);
  const packed = gzipSync(layer);
  const architecture = process.arch === "arm64" ? "arm64" : "amd64";
  const rootfs = { type: "layers", diff_ids: [digest(layer)] };
  const config = Buffer.from(JSON.stringify({ architecture, os: "linux", config: {}, rootfs }));
  const type = (what: string) => `application/vnd.docker.${what}`;
  const describe = (mediaType: string, bytes: Buffer) => ({
    mediaType,
    size: bytes.length,
    digest: digest(bytes),
  });
  const manifest = {
    schemaVersion: 2,
    mediaType: type("distribution.manifest.v2+json"),
    config: describe(type("container.image.v1+json"), config),
    layers: [describe(type("image.rootfs.diff.tar.gzip"), packed)],
  };
  const written = { type: manifest.mediaType, bytes: Buffer.from(JSON.stringify(manifest)) };
  const blob = (bytes: Buffer) => ({ type: "application/octet-stream", bytes });
  return new Map([
    ["manifest", written],
    [digest(written.bytes), written],
    [digest(config), blob(config)],
    [digest(packed), blob(packed)],
  ]);
}

function digest(bytes: Buffer): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await serve(process.argv[2] ?? "");
