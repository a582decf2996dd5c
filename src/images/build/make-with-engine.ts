import type { BuildNow, BuildOrder } from "../../engine/build.ts";
import { buildArgsOf } from "../dockerfile/write.ts";
import type { Making } from "./base.ts";
import { stepName } from "./step-names.ts";
import { BuildFails, goOn } from "./stops.ts";
import { whyFailed } from "./why-failed.ts";

type Part = Pick<BuildOrder, "dockerfile" | "files" | "tags" | "registryLogins" | "context"> & {
  /** Of this build: its own name beside the others. */
  part: "dockerfile" | "probe" | "image";
};

/** One build by the engine, with our labels. Throws `BuildFails` with the line that says why, or the signal's reason. */
export async function makeWithEngine(
  { world, node, view, log, report, signal, anew }: Making,
  { part, ...order }: Part,
): Promise<{ imageId: string; sizeBytes: number }> {
  goOn(signal);
  const { build, image } = view;
  const result = await node.engine.build(
    {
      ...order,
      id: `${world.settings.instance}-${build.id}-${build.attempt}-${part}`,
      // Of what a build stands on, others may stand too: it belongs to no build.
      labels: {
        "berth.instance": world.settings.instance,
        ...(part === "image" ? { "berth.image": String(image.id), "berth.build": String(build.id) } : {}),
      },
      buildArgs: buildArgsOf(world.policy),
      ...(anew && part !== "probe" ? { noCache: true } : {}),
    },
    (now) => {
      log.write(withPlainNames(now));
      if (part !== "probe") report.engine(now);
    },
    signal,
  );
  if (result.is === "ready") return result;
  if (!log.lately().trimEnd().endsWith(result.error.trim())) log.write(`\n${result.error}\n`);
  throw new BuildFails(
    whyFailed({ step: result.step && stepName(result.step), error: result.error, printed: log.lately() }),
  );
}

/** A step's own line in the log is what its member knows it by, not the command that it is. */
function withPlainNames({ steps, log }: BuildNow): string {
  const names = new Set(steps.map(({ name }) => name));
  return log
    .split("\n")
    .map((line) => (names.has(line) ? `--- ${stepName(line)} ---` : line))
    .join("\n");
}
