import { posix } from "node:path";
import { pipeline } from "node:stream/promises";
import tar from "tar-stream";
import { type BuildOrder, dockerfileName } from "./build.ts";

/**
 * The tar archive that a build is sent: what the order's context has, its small files on top, the Dockerfile last. Names are
 * written anew, so that the engine reads them as they were judged here. `failed` gets what went wrong with the context.
 */
export function packContext(order: BuildOrder, failed: (error: Error) => void): tar.Pack {
  const pack = tar.pack();
  fill(pack, order).catch((error: Error) => {
    failed(error);
    pack.destroy(error);
  });
  return pack;
}

async function fill(pack: tar.Pack, order: BuildOrder): Promise<void> {
  const own = new Map([...order.files, [dockerfileName, order.dockerfile]]);
  if (order.context) await copyContext(pack, order.context.tar(), new Set(own.keys()));
  for (const [name, text] of own) await written(pack, { name, mode: 0o644 }, text);
  pack.finalize();
}

async function copyContext(
  pack: tar.Pack,
  source: NodeJS.ReadableStream,
  own: ReadonlySet<string>,
): Promise<void> {
  const extract = tar.extract();
  const copied = (async () => {
    for await (const entry of extract) {
      const { header } = entry;
      const name = plainName(header.name);
      const isKept = kinds.has(header.type ?? "file") && name !== undefined && !isInTheWay(name, header, own);
      if (isKept) await pipeline(entry, pack.entry({ ...kept(header), name }));
      else entry.resume();
    }
  })();
  await Promise.all([pipeline(source, extract), copied]);
}

const kinds = new Set<string>(["file", "contiguous-file", "directory", "symlink"]);

function kept({ mode, mtime, size, type, linkname }: tar.Header): Partial<tar.Header> {
  return { mode, mtime, size, type, ...(type === "symlink" ? { linkname } : {}) };
}

/** Relative and without detours; undefined for the context's root itself. Throws for one that leads out. */
function plainName(name: string): string | undefined {
  const plain = posix.normalize(name).replace(/^\/+|\/+$/g, "");
  if (plain === ".." || plain.startsWith("../"))
    throw new Error(`The build context has a name that leads out of it: ${name}`);
  return plain === "." || plain === "" ? undefined : plain;
}

/** Where one of our own files goes, below such a place, or a file or link where one of ours needs a directory. */
function isInTheWay(name: string, { type }: tar.Header, own: ReadonlySet<string>): boolean {
  for (const one of own) {
    if (name === one || name.startsWith(`${one}/`)) return true;
    if (type !== "directory" && one.startsWith(`${name}/`)) return true;
  }
  return false;
}

function written(pack: tar.Pack, header: Pick<tar.Header, "name" | "mode">, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    pack.entry(header, text, (error) => (error ? reject(error) : resolve()));
  });
}
