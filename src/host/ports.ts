import { readFile } from "node:fs/promises";
import { HostSilent } from "../errors.ts";

/** TCP ports something listens on, on any address. Throws HostSilent if the table can't be read. */
export async function listeningPorts(proc = "/proc"): Promise<ReadonlySet<number>> {
  const tables = await Promise.all(
    ["tcp", "tcp6"].map((name) =>
      readFile(`${proc}/net/${name}`, "utf8").catch((error: NodeJS.ErrnoException) => {
        // Without IPv6 there is no second table.
        if (name === "tcp6" && error.code === "ENOENT") return "";
        throw new HostSilent(`${proc}/net/${name} can't be read (${error.code}).`);
      }),
    ),
  );
  return new Set(tables.flatMap(parseListening));
}

/** Lines of /proc/net/tcp in state 0A (LISTEN): `0: 0100007F:1F90 00000000:0000 0A …` */
export function parseListening(table: string): number[] {
  return table.split("\n").flatMap((line) => {
    const port = /^\s*\d+: [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} 0A /.exec(line)?.[1];
    return port === undefined ? [] : [Number.parseInt(port, 16)];
  });
}
