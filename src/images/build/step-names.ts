import type { BuildNow } from "../../engine/build.ts";
import type { BuildProgress } from "../../ledger/image-tables.ts";

const longest = 100;

/** The engine's steps in people's words. */
export function engineSteps({ steps, of }: BuildNow): BuildProgress {
  return {
    steps: steps.map(({ name, seconds, cached }) => ({
      name: stepName(name),
      seconds: seconds ?? null,
      cached,
    })),
    of,
  };
}

/** `[2/7] RUN --mount=type=bind,source=pip-own,… python -m pip …` as a person would say it: by the folder that its files come from. */
export function stepName(name: string): string {
  const instruction = name.replace(/^\[[^\]]*\]\s*/, "");
  if (/^FROM /i.test(instruction)) return "The base";
  if (/^exporting/i.test(instruction)) return "Storing the image";
  if (/^RUN rm -f \/etc\/ssh\/ssh_host_\S+$/.test(instruction)) return layers["sign-in"] ?? "";
  const [, folder] =
    /^RUN --mount=type=bind,source=([a-z0-9.-]+),target=\/run\/berth\b/.exec(instruction) ?? [];
  return (folder && layerName(folder)) ?? plain(instruction);
}

function layerName(folder: string): string | undefined {
  const [, kind, set] = /^(apt|pip)-set-(.+)$/.exec(folder) ?? [];
  if (kind && set)
    return `${kind === "apt" ? "System packages" : "Python packages"}: ${set.replaceAll("-", " ")}`;
  return layers[folder];
}

const layers: Record<string, string> = {
  mirror: "The mirror of packages",
  "sign-in": "SSH, sudo and rsync",
  "apt-own": "Your system packages",
  environment: "The Python environment",
  "pip-own": "Your Python packages",
  look: "Writing down what is in it",
};

function plain(instruction: string): string {
  const said = instruction
    .replace(/^RUN\s+/i, "")
    .replace(/(^|\s)--(mount|from|chmod|chown|link)=\S+/g, "")
    .replace(/\s+/g, " ")
    .trim();
  return said.length > longest ? `${said.slice(0, longest - 1)}…` : said;
}
