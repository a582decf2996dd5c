import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fromLines, readDistribution } from "../../src/demo/image/apt-sources.ts";
import { neighbour } from "./neighbour.ts";

/** The distribution's own packages from a machine beside the bed, so that no build waits for the world twice. */
export type AptIndex = {
  /** `http://10.214.…/debian`, to stand where the distribution's mirror stands; `/debian-security` beside it works too. */
  url: string;
  /** Lines of a sources.list for this machine's distribution. */
  sources: string[];
  /** Paths that were asked for since the last call. */
  asked(): string[];
  /** How often the mirror behind it was asked, since the start. */
  fetched(): number;
  close(): Promise<void>;
};

const fetchLimitMs = 60_000;

/**
 * A mirror that fetches what it lacks from where this machine's apt gets it. Packages are kept in `cacheDir` for ever
 * (their names carry their versions); lists are fetched once a run. Signatures stay what they are.
 */
export async function aptIndex(cacheDir: string): Promise<AptIndex> {
  const distribution = await readDistribution();
  const sources = fromLines(distribution.sources.join("\n"));
  const upstreams = new Map<string, string>();
  for (const line of sources.toReversed()) {
    const uri = addressIn(line);
    upstreams.set(folderOf(uri), uri);
  }
  const fetching = new Map<string, Promise<Buffer | undefined>>();
  let fetched = 0;

  const get = (path: string): Promise<Buffer | undefined> => {
    const [, folder = "", ...rest] = path.split("/");
    const upstream = upstreams.get(folder);
    if (!upstream || rest.includes("..")) return Promise.resolve(undefined);
    const load = async () => {
      const kept = join(cacheDir, ...path.split("/"));
      const isPackage = path.endsWith(".deb");
      const there = isPackage ? await readFile(kept).catch(() => undefined) : undefined;
      if (there) return there;
      fetched += 1;
      const answer = await fetch(`${upstream}/${rest.join("/")}`, {
        signal: AbortSignal.timeout(fetchLimitMs),
      });
      if (!answer.ok) return undefined;
      const bytes = Buffer.from(await answer.arrayBuffer());
      if (isPackage) await keep(kept, bytes);
      return bytes;
    };
    const known = fetching.get(path) ?? load();
    fetching.set(path, known);
    known.catch(() => fetching.delete(path));
    return known;
  };

  let asked: string[] = [];
  const machine = await neighbour(async (request, response) => {
    const path = new URL(request.url ?? "/", "http://index").pathname;
    if (path !== "/") asked.push(path);
    // The mirror behind may be away; apt tries again by itself.
    const bytes = await get(decodeURIComponent(path)).catch(() => "away" as const);
    if (bytes === undefined || bytes === "away") {
      response.writeHead(bytes === "away" ? 503 : 404).end();
      return;
    }
    response.writeHead(200, { "content-length": bytes.length });
    response.end(request.method === "HEAD" ? undefined : bytes);
  });
  return {
    url: `${machine.url}/${sources[0] === undefined ? distribution.id : folderOf(addressIn(sources[0]))}`,
    sources: sources.map((line) =>
      line.replace(addressIn(line), `${machine.url}/${folderOf(addressIn(line))}`),
    ),
    asked() {
      const paths = asked;
      asked = [];
      return paths;
    },
    fetched: () => fetched,
    close: () => machine.close(),
  };
}

function addressIn(line: string): string {
  const found = /\shttps?:\/\/\S+/.exec(line)?.[0].trim();
  if (!found) throw new Error(`This machine's apt has a source without an http address: ${line}`);
  return found.replace(/\/$/, "");
}

function folderOf(uri: string): string {
  return uri.split("/").at(-1) ?? "";
}

/** Through a temporary name: two runs may keep the same package at the same time. */
async function keep(path: string, bytes: Buffer): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.${process.pid}`, bytes);
  await rename(`${path}.${process.pid}`, path);
}
