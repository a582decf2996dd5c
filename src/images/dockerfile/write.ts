import { Refusal } from "../../errors.ts";
import type { BaseFacts, Recipe } from "../../ledger/image-tables.ts";
import type { Policy } from "../../policy/keys.ts";
import { listed } from "../../sentence.ts";
import { constraintsFor } from "./constraints.ts";
import { contentsPaths, lookFiles } from "./look.ts";
import { aptSettings, venvScript } from "./scripts.ts";
import { mirrorEdit, pipSettings, siteSettings } from "./settings-files.ts";

export type WriteOrder = {
  recipe: Recipe;
  facts: BaseFacts;
  /** The local name of what it stands on: `berth-base:0123456789ab`. */
  baseRef: string;
  settings: Pick<Policy, "pip" | "apt" | "proxy">;
  /** Whose image it is: the cache of their own packages is nobody else's. */
  memberId: number;
};

/**
 * The Dockerfile of a recipe and the files beside it (path in the build context → text). The same order gives the same
 * bytes. No word of a person stands in it: package lists are files. Layers from slow and shared to quick and own, each with
 * a folder of its own, so that a change of one list builds nothing before it again. Throws a Refusal if the base lacks
 * something (facts.missing).
 */
export function writeDockerfile(order: WriteOrder): { dockerfile: string; files: Map<string, string> } {
  const { recipe, facts, baseRef } = order;
  refuseBase(facts);
  if (!/^[a-z0-9][a-z0-9._/:-]*$/.test(baseRef))
    throw new Error(`No name of a base: ${JSON.stringify(baseRef)}`);
  const writing: Writing = { ...order, parts: [], files: new Map(), asked: [] };
  beginning(writing);
  mirror(writing);
  signIn(writing);
  for (const set of recipe.sets)
    if (set.apt.length > 0) aptLayer(writing, `set ${set.name}`, set.apt, "shared");
  if (recipe.apt.length > 0) aptLayer(writing, "own", recipe.apt, "own");
  environment(writing);
  for (const set of recipe.sets)
    if (set.pip.length > 0) pipLayer(writing, `set ${set.name}`, set.pip, "shared");
  if (recipe.pip.length > 0) pipLayer(writing, "own", recipe.pip, "own");
  ending(writing);
  return { dockerfile: `${writing.parts.join("\n\n")}\n`, files: writing.files };
}

/** The predefined build arguments for a way out through a proxy; they leave no trace in the image. */
export function buildArgsOf({ proxy }: Pick<Policy, "proxy">): Record<string, string> {
  const both = (name: string, value: string | null) =>
    value === null || value === ""
      ? []
      : [
          [name, value],
          [name.toLowerCase(), value],
        ];
  return Object.fromEntries([
    ...both("HTTP_PROXY", proxy.http),
    ...both("HTTPS_PROXY", proxy.https),
    ...both("NO_PROXY", proxy.except.join(",")),
  ]);
}

type Writing = WriteOrder & {
  parts: string[];
  files: Map<string, string>;
  /** Python packages of the layers so far. */
  asked: string[];
};

/** Where a step finds its files. */
const here = "/run/berth";

function refuseBase(facts: BaseFacts): void {
  const missing =
    facts.os === "other" && facts.missing.length === 0 ? ["Debian's or Ubuntu's system"] : facts.missing;
  if (missing.length === 0) return;
  throw new Refusal(
    "base-lacks",
    `No image can be made on this base (${facts.osName}): it lacks ${listed(missing)}.`,
    { field: "base", hint: "Take another one; those of Debian and Ubuntu do." },
  );
}

function beginning({ parts, recipe, baseRef }: Writing): void {
  const { base } = recipe;
  const what =
    base.kind === "catalogue" ? `${word(base.name)} of the catalogue.` : "what your own Dockerfile makes.";
  parts.push(
    `# An image of a project, written from its recipe: the same recipe gives the same file.
# The packages that were asked for are not in it: they are lists in the folders beside it, one folder a step. What seldom
# changes comes first, so that most changes build only the last steps again.`,
    `# What it stands on: ${what} The name means one image for ever.
FROM ${baseRef}
USER root
SHELL ["/bin/sh", "-c"]
STOPSIGNAL SIGTERM
HEALTHCHECK NONE
# For the steps below only: no package may stop and ask something.
ARG DEBIAN_FRONTEND=noninteractive`,
  );
}

function mirror({ parts, files, facts, settings }: Writing): void {
  if (settings.apt.mirror === null) return;
  files.set("mirror/sources.sed", mirrorEdit(settings.apt.mirror, facts.os));
  parts.push(`# The distribution's packages come from a mirror here; other sources stay as they are.
RUN ${bind("mirror")} \\
    find /etc/apt -type f '(' -name '*.list' -o -name '*.sources' ')' -exec sed -i -f ${here}/sources.sed {} +`);
}

/** The keys of the host that the package makes for itself are taken out: every project has its own. */
function signIn(writing: Writing): void {
  const { parts, facts } = writing;
  const lacks = facts.lacks.filter((name) => signInPackages.has(name)).toSorted();
  const comment = "# To sign in by SSH, to copy files, and a Python where there is none.";
  if (lacks.length > 0) {
    writing.files.set("sign-in/packages.txt", lines(lacks));
    parts.push(`${comment}
${aptInstall(writing, "sign-in", "shared", "")} \\
 && rm -f /etc/ssh/ssh_host_*_key*`);
  } else
    parts.push(`# What it stands on has all that signing in needs.
RUN rm -f /etc/ssh/ssh_host_*_key*`);
}

const signInPackages = new Set([
  "ca-certificates",
  "openssh-server",
  "python3",
  "python3-venv",
  "rsync",
  "setpriv",
  "sudo",
]);

function aptLayer(
  writing: Writing,
  name: string,
  packages: readonly string[],
  whose: "shared" | "own",
): void {
  const folder = `apt-${slug(name)}`;
  writing.files.set(`${folder}/packages.txt`, lines(packages));
  const what =
    whose === "own"
      ? "Packages of the distribution that were asked for."
      : `Packages of the distribution: ${word(name)}.`;
  const more = whose === "own" ? " --allow-downgrades" : "";
  writing.parts.push(`# ${what}\n${aptInstall(writing, folder, whose, more)}`);
}

function aptInstall(writing: Writing, folder: string, _whose: "shared" | "own", more: string): string {
  const { files, facts } = writing;
  files.set(`${folder}/apt.conf`, aptSettings);
  const id = cacheId(writing, "apt", [facts.osName]);
  return `RUN ${bind(folder)} \\
    ${cache(`${id}-lists`, "/var/lib/apt/lists")} \\
    ${cache(id, "/var/cache/apt")} \\
    apt-get -c ${here}/apt.conf update \\
 && xargs -r -d '\\n' -a ${here}/packages.txt \\
    apt-get -c ${here}/apt.conf install -y --no-install-recommends --no-remove${more} --`;
}

/** Somebody else's /opt/venv is part of the base and stays what it is. */
function venvOf({ facts }: Writing): string {
  return facts.optVenv === "theirs" ? "/opt/berth-venv" : "/opt/venv";
}

function environment(writing: Writing): void {
  const { parts, files, settings } = writing;
  const venv = venvOf(writing);
  files.set("environment/make-venv.sh", venvScript);
  const site = siteSettings(settings.pip.index_url);
  if (site !== undefined) files.set("environment/site-pip.conf", site);
  parts.push(`# A Python environment above the one that is there, writable for the project's people: pip needs no sudo in it.
RUN ${bind("environment")} \\
    sh ${here}/make-venv.sh ${venv}
ENV PATH=${venv}/bin:$PATH VIRTUAL_ENV=${venv} PIP_USER=0`);
}

function pipLayer(
  writing: Writing,
  name: string,
  packages: readonly string[],
  whose: "shared" | "own",
): void {
  const { files, facts, settings, asked } = writing;
  asked.push(...packages);
  const folder = `pip-${slug(name)}`;
  files.set(`${folder}/requirements.txt`, lines(packages));
  files.set(`${folder}/constraints.txt`, lines(constraintsFor(facts.pip, asked)));
  files.set(`${folder}/pip.conf`, pipSettings(settings.pip.index_url));
  const id = cacheId(writing, whose === "own" ? "own-pip" : "pip", [
    facts.osName,
    `python ${facts.python?.split(".").slice(0, 2).join(".") ?? "of it"}`,
    ...(facts.cuda === null ? [] : [`cuda ${facts.cuda}`]),
  ]);
  const unset = ["PIP_TARGET", "PIP_PREFIX"].concat(
    settings.pip.index_url === null ? [] : ["PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"],
  );
  const what = whose === "own" ? "Python packages that were asked for." : `Python packages: ${word(name)}.`;
  writing.parts.push(`# ${what} What the base has keeps its version (constraints.txt).
RUN ${bind(folder)} \\
    ${cache(id, "/root/.cache/pip")} \\
    umask 002 \\
 && env ${unset.map((name) => `-u ${name}`).join(" ")} PIP_CONFIG_FILE=${here}/pip.conf \\
    ${venvOf(writing)}/bin/python -m pip install --cache-dir /root/.cache/pip \\
    -r ${here}/requirements.txt -c ${here}/constraints.txt`);
}

function ending({ parts, files }: Writing): void {
  for (const [path, text] of lookFiles("look")) files.set(path, text);
  parts.push(`# What is in it now, in the versions it was built with: kept beside the image, and for you in ${contentsPaths[0]}.
RUN ${bind("look")} \\
    mkdir -p /etc/berth && sh ${here}/look.sh image ${contentsPaths[0]}`);
}

function bind(folder: string): string {
  return `--mount=type=bind,source=${folder},target=${here}`;
}

function cache(id: string, target: string): string {
  return `--mount=type=cache,id=${id},target=${target},sharing=locked`;
}

/**
 * Who may write to a cache may decide what others read from it. What comes before a member's own packages runs programs of
 * the catalogue's base and of the admin's lists, and may be shared; their own packages may not; and on a base that a member
 * made, nothing may.
 */
function cacheId(
  { recipe, memberId }: Writing,
  kind: "apt" | "pip" | "own-pip",
  like: readonly string[],
): string {
  const isOwn = kind === "own-pip" || recipe.base.kind === "dockerfile";
  const whose = isOwn ? [`member-${memberId}`] : [];
  return ["berth", kind, ...whose, ...like.map(slug)].join("-");
}

function slug(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, "-")
    .replace(/^[-.]+|[-.]+$/g, "");
}

/** Names from the policy and the catalogue have a form; one without it must not end a comment. */
function word(name: string): string {
  return name.replace(/[^A-Za-z0-9 ._+:/-]/g, "");
}

function lines(all: readonly string[]): string {
  const bad = all.find((one) => /[^\x20-\x7e]/.test(one) || /^\s*(-|$)/.test(one));
  if (bad !== undefined) throw new Error(`No line of a list: ${JSON.stringify(bad)}`);
  return all.map((one) => `${one}\n`).join("");
}
