import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** `to` is a path from the project's root, or the name of a package. */
export type Import = { to: string; typeOnly: boolean };

/** What a file imports, the lazy kind too. Biome keeps the form that this reads: one `import … from "…";` a statement. */
export function importsOf(file: string): Import[] {
  const text = readFileSync(file, "utf8");
  const statements = text.matchAll(/^(?:import|export)\s+(type\s)?(?:[^"';]*?\sfrom\s+)?"([^"]+)";/gm);
  const lazy = text.matchAll(/\bimport\("([^"]+)"\)/g);
  return [
    ...[...statements].map(([, type, to = ""]) => ({ to: placed(file, to), typeOnly: type !== undefined })),
    ...[...lazy].map(([, to = ""]) => ({ to: placed(file, to), typeOnly: false })),
  ];
}

function placed(file: string, to: string): string {
  return to.startsWith(".") ? join(dirname(file), to) : to;
}
