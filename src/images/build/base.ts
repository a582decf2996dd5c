import { EngineRefused, EngineSilent } from "../../errors.ts";
import type { BaseFacts } from "../../ledger/image-tables.ts";
import { baseFacts, insertBaseFacts } from "../../ledger/queries/bases.ts";
import type { BuildView } from "../../ledger/queries/builds.ts";
import { updateBuild } from "../../ledger/queries/builds.ts";
import { projectByName } from "../../ledger/queries/members.ts";
import { listed } from "../../sentence.ts";
import type { Node, World } from "../../world.ts";
import { allowedBases, judgeDockerfile } from "../dockerfile/judge.ts";
import { factsPaths, probeDockerfile, readBaseFacts } from "../dockerfile/look.ts";
import type { BuildLog } from "./log.ts";
import { makeWithEngine } from "./make-with-engine.ts";
import type { Reporter } from "./progress.ts";
import { loginsToFetch, registryOf } from "./registry-logins.ts";
import { BuildFails, goOn } from "./stops.ts";

/** What the project's folder may be, for a member's Dockerfile that copies from it. */
const contextLimits = { maxBytes: 1_000_000_000, maxFiles: 20_000 };
/** A registry that is slow but goes on is waited for that long; one that says nothing is given up by the engine. */
const fetchLimitMs = 2 * 3_600_000;
const registryPausesMs = [10_000, 30_000];

export type Making = {
  world: World;
  node: Node;
  view: BuildView;
  log: BuildLog;
  report: Reporter;
  /** Aborts with why the build ends. */
  signal: AbortSignal;
  /** What was fetched is there: from now on the limit of a build's time counts. */
  timeBegins: () => void;
  /** What a cache holds is too old for this one: it was asked for to get what is newer. */
  anew: boolean;
};

export type Base = {
  imageId: string;
  /** `berth-base:0123456789ab` */
  ref: string;
  facts: BaseFacts;
};

/**
 * What the recipe stands on, on the engine under a name of ours and known: a catalogue row's image, fetched if it is not there, or a
 * member's own Dockerfile, judged again and built. Throws `BuildFails` with the sentence for the member.
 */
export async function makeBase(making: Making): Promise<Base> {
  const { world, node, view } = making;
  const { base } = view.recipe;
  const imageId =
    base.kind === "catalogue" ? await fromCatalogue(making, base.image) : await fromDockerfile(making, base);
  const ref = baseRef(imageId);
  if ((await node.engine.tagImage(imageId, ref)) === "gone")
    throw new BuildFails("The base image vanished from the server while it was used. Build it again.");
  await world.ledger.transaction((tx) => updateBuild(tx, view.build.id, { baseImageId: imageId }), {
    isNews: false,
  });
  const facts = await factsOf(making, imageId, ref);
  if (facts.missing.length > 0)
    throw new BuildFails(
      `No image can be made on this base (${facts.osName}): ${listed(facts.missing)} is missing. Take another base; Debian's and Ubuntu's do.`,
    );
  return { imageId, ref, facts };
}

/** BuildKit takes neither an id nor a digest behind FROM, where the image was imported. */
export function baseRef(imageId: string): string {
  return `berth-base:${short(imageId)}`;
}

/** The image of the probe that looks at a base, there for a moment. */
export function probeRef(imageId: string): string {
  return `berth-probe:${short(imageId)}`;
}

function short(imageId: string): string {
  return imageId.replace(/^sha256:/, "").slice(0, 12);
}

async function fromCatalogue(making: Making, ref: string): Promise<string> {
  const imageId = await fetched(making, ref);
  making.timeBegins();
  return imageId;
}

/** The id of an image that is on the engine, or was fetched. */
async function fetched({ world, node, report, log, signal, view }: Making, ref: string): Promise<string> {
  const there = await node.engine.image(ref);
  if (there) return there.id;
  const logins = await loginsToFetch(world, ref);
  report.step("Fetching the base image");
  log.write(`Fetching ${ref}\n`);
  const over = new AbortController();
  const ended = new AbortController();
  const limit = world.clock.sleep(fetchLimitMs, ended.signal).then(() => {
    if (!ended.signal.aborted) over.abort(new BuildFails(`Fetching the base image ${ref} took too long.`));
  });
  try {
    for (const pauseMs of [...registryPausesMs, undefined]) {
      try {
        await node.engine.pull(
          ref,
          (percent) => report.step(`Fetching the base image (${percent} %)`),
          AbortSignal.any([signal, over.signal]),
          logins,
        );
        break;
      } catch (error) {
        goOn(signal);
        goOn(over.signal);
        if (error instanceof EngineRefused) {
          world.log.error({ buildId: view.build.id, err: error }, "a base image could not be fetched");
          throw new BuildFails(
            `The base image ${ref} is not in its registry, or the server may not fetch it. Take another, or ask an admin.`,
          );
        }
        if (!(error instanceof EngineSilent)) throw error;
        // Does the engine itself answer? Else this throws, and the build waits for it.
        await node.engine.facts();
        world.log.warn({ buildId: view.build.id, err: error }, "a registry does not answer");
        if (pauseMs === undefined)
          throw new BuildFails(
            `The registry ${registryOf(ref)} does not answer, so the base image could not be fetched. Try again later.`,
          );
        await world.clock.sleep(pauseMs, signal);
        goOn(signal);
      }
    }
  } finally {
    ended.abort();
    await limit;
  }
  const image = await node.engine.image(ref);
  if (!image) throw new BuildFails(`The base image ${ref} was fetched and is not there. Try again.`);
  return image.id;
}

/** Judged once more: rules may have changed since it was asked for. */
async function fromDockerfile(making: Making, base: { text: string; context: boolean }): Promise<string> {
  const { world, node, view, report } = making;
  const judged = judgeDockerfile(base.text, {
    allowed: allowedBases(world.policy, world.catalogue),
    context: base.context,
  });
  if ("problems" in judged) {
    const [first] = judged.problems;
    throw new BuildFails(
      `The Dockerfile is not allowed here${first ? `: line ${first.line}: ${first.sentence}` : "."}`,
    );
  }
  for (const ref of judged.bases) await fetched(making, ref);
  making.timeBegins();
  const context = judged.copies ? await contextOf(making) : undefined;
  report.step("Your Dockerfile");
  const ref = ownBaseRef(world, view);
  const made = await makeWithEngine(making, {
    part: "dockerfile",
    dockerfile: judged.text,
    files: new Map(),
    tags: [ref],
    registryLogins: {},
    ...(context ? { context } : {}),
  }).catch((error: unknown) => {
    const problem = context?.problem();
    throw problem === undefined ? error : new BuildFails(problem);
  });
  await node.engine.tagImage(made.imageId, baseRef(made.imageId));
  // Its only name from now on is that of a base.
  await node.engine.untagImage(ref);
  return made.imageId;
}

/** What a member's Dockerfile makes is called so while it is made. */
export function ownBaseRef(world: World, { owner, image, build }: BuildView): string {
  return `${world.policy.image_prefix}-${owner.handle}/${image.name}:base-of-${build.id}`;
}

async function contextOf({ world, node, view, report }: Making) {
  const project = await world.ledger.read((tx) => projectByName(tx, view.owner.id, view.image.name));
  if (!project)
    throw new BuildFails(
      `The Dockerfile copies files, and you have no project “${view.image.name}” whose folder they could come from. Deploy it once with another image, and put them in /workspace.`,
    );
  report.step("Reading the project's folder");
  const context = await node.host.buildContext(project.workspacePath, contextLimits);
  if (context.is === "refused") throw new BuildFails(context.because);
  return context;
}

/** Read once for each image, by a build of a moment that installs nothing. */
async function factsOf(making: Making, imageId: string, ref: string): Promise<BaseFacts> {
  const { world, node, report } = making;
  const known = await world.ledger.read((tx) => baseFacts(tx, imageId));
  if (known) return known;
  report.step("Looking at the base");
  const probe = probeRef(imageId);
  try {
    const { dockerfile, files } = probeDockerfile(ref);
    const made = await makeWithEngine(making, {
      part: "probe",
      dockerfile,
      files,
      tags: [probe],
      registryLogins: {},
    });
    const facts = factsIn(making, await node.engine.readFiles(made.imageId, factsPaths));
    await world.ledger.transaction(
      (tx) => insertBaseFacts(tx, { engineImageId: imageId, facts, readAt: world.clock.now() }),
      { isNews: false },
    );
    return facts;
  } finally {
    await node.engine
      .untagImage(probe)
      .catch((err: unknown) => world.log.warn({ err, probe }, "left behind"));
  }
}

/** A member's Dockerfile can make a base that tells nothing of itself. */
function factsIn({ world, view }: Making, files: ReadonlyMap<string, string | undefined>): BaseFacts {
  try {
    return readBaseFacts(files);
  } catch (err) {
    world.log.error({ buildId: view.build.id, err }, "a base could not be looked at");
    throw new BuildFails(
      "What this base holds could not be read, so nothing can be made on it. Take another.",
    );
  }
}
