import type { IncomingMessage, ServerResponse } from "node:http";
import { neighbour } from "./neighbour.ts";
import { type Wheel, type WheelFile, wheelFile } from "./wheel.ts";

/** A package index of a test's own (PEP 503), on a machine that builds and containers of a bed can reach. */
export type PipIndex = {
  /** For `--index-url`, and for the policy's `pip.index_url`: `http://10.214.…/simple/`. */
  url: string;
  /** pip wants it named where the address is plain http: `--trusted-host`. */
  host: string;
  /** Adds wheels, from now on. */
  add(...wheels: readonly Wheel[]): void;
  /** What was asked for since the last call, in order: `/simple/numpy/`, `/files/numpy-1.26.4-py3-none-any.whl`. */
  asked(): string[];
  close(): Promise<void>;
};

/** Pure-Python wheels under the names, versions and requirements that are given; importing one works. */
export async function pipIndex(wheels: readonly Wheel[]): Promise<PipIndex> {
  const files = new Map<string, WheelFile>();
  const add = (...more: readonly Wheel[]) => {
    for (const wheel of more) {
      const file = wheelFile(wheel);
      files.set(file.name, file);
    }
  };
  add(...wheels);
  let asked: string[] = [];
  const machine = await neighbour((request, response) => {
    // The look whether it is there.
    if (request.url !== "/") asked.push(request.url ?? "");
    answer(files, request, response);
  });
  return {
    url: `${machine.url}/simple/`,
    host: machine.address,
    add,
    asked() {
      const paths = asked;
      asked = [];
      return paths;
    },
    close: () => machine.close(),
  };
}

function answer(files: Map<string, WheelFile>, request: IncomingMessage, response: ServerResponse): void {
  const path = decodeURIComponent(new URL(request.url ?? "/", "http://index").pathname);
  const [, folder, name] = path.split("/");
  const file = folder === "files" ? files.get(name ?? "") : undefined;
  if (file) {
    response.writeHead(200, { "content-type": "application/zip", "content-length": file.bytes.length });
    response.end(request.method === "HEAD" ? undefined : file.bytes);
    return;
  }
  const all = [...files.values()];
  const links = folder !== "simple" ? [] : name ? linksTo(all, name) : linksOfAll(all);
  response.writeHead(links.length > 0 ? 200 : 404, { "content-type": "text/html" });
  response.end(`<!DOCTYPE html><html><body>\n${links.join("<br>\n")}\n</body></html>\n`);
}

function linksTo(files: readonly WheelFile[], project: string): string[] {
  return files
    .filter((file) => file.project === project)
    .map(({ name, sha256, requiresPython }) => {
      const python = requiresPython
        ? ` data-requires-python="${requiresPython.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")}"`
        : "";
      return `<a href="/files/${encodeURIComponent(name)}#sha256=${sha256}"${python}>${name}</a>`;
    });
}

function linksOfAll(files: readonly WheelFile[]): string[] {
  return [...new Set(files.map(({ project }) => project))].map(
    (project) => `<a href="/simple/${project}/">${project}</a>`,
  );
}
