import { close, open, read } from "node:fs";
import { readFile } from "node:fs/promises";

/** The kernel hands out such a file in pieces of a page, and cuts between lines: what is shorter than half of one is all of it. */
const surelyWhole = 2048;

/**
 * A file of the kernel's own (below /proc, or of a control group); undefined: it can't be read. These have no length that could
 * be asked for, and are short: three calls of the system where `readFile` takes five, and sixty containers have hundreds of them.
 */
export function kernelFile(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    open(path, "r", (cantOpen, file) => {
      if (cantOpen) return resolve(undefined);
      const buffer = Buffer.allocUnsafe(surelyWhole);
      read(file, buffer, 0, surelyWhole, 0, (cantRead, bytes) => {
        close(file, () => undefined);
        if (cantRead) return resolve(undefined);
        if (bytes < surelyWhole) return resolve(buffer.toString("utf8", 0, bytes));
        readFile(path, "utf8").then(resolve, () => resolve(undefined));
      });
    });
  });
}
