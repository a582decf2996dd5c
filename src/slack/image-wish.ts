import { createHash } from "node:crypto";
import { Refusal, refuseAny } from "../errors.ts";
import { fromWorkspace } from "../images/from-workspace.ts";
import { readPipLines } from "../images/packages/pip.ts";
import { type ImageWish, refusedLines } from "../images/recipe.ts";
import type { Recipe } from "../ledger/image-tables.ts";
import type { ImageView } from "../ledger/queries/images.ts";
import type { ActiveMember } from "../ledger/schema.ts";
import { listed } from "../sentence.ts";
import type { Call, SentFile } from "./answer.ts";
import type { ImageFields, ImageParams, LongText } from "./image-fields.ts";

/**
 * What the form asks for, with the files that came with it or lie in the workspace. Throws a Refusal at the field `file`
 * for what is wrong with those.
 */
export async function wishOf(
  call: Call,
  by: ActiveMember,
  params: ImageParams,
  values: ImageFields,
  image: ImageView | undefined,
): Promise<{ wish: ImageWish; files: SentFile[] }> {
  const { world } = call;
  const project = image?.image.name ?? values.name ?? "";
  const fileIds = [...(params.files ?? []), ...values.file.split("\n").filter((id) => id !== "")];
  const files = await Promise.all([...new Set(fileIds)].map((id) => call.readFile(id)));
  const dockerfiles = files.filter((file) => kindOf(file) === "dockerfile");
  const lists = files.filter((file) => kindOf(file) === "list");
  refuseUnknown(files, dockerfiles);
  refuseBadLines(lists, world.policy.pip.allow_urls);

  const kept = (field: LongText) => (params.kept?.includes(field) ? keptText(image, field) : undefined);
  const inWorkspace = async (field: LongText) =>
    params.workspace?.includes(field)
      ? await fromWorkspace(world, {
          by,
          project,
          file: field === "dockerfile" ? "Dockerfile" : "requirements.txt",
        })
      : undefined;
  const long = async (field: LongText) => (await inWorkspace(field)) ?? kept(field);
  const [dockerfile, pip, apt] = await Promise.all([
    dockerfiles[0]?.text ?? long("dockerfile"),
    lists.length > 0 ? undefined : long("pip"),
    long("apt"),
  ]);
  const own = params.own === true || dockerfiles.length > 0;
  return {
    files,
    wish: {
      base: own
        ? {
            dockerfile: dockerfile ?? values.dockerfile,
            context: params.own !== true || values.context !== "",
          }
        : { catalogue: values.base ?? "" },
      sets: values.sets.split("\n").filter((name) => name !== ""),
      pip: inLines([pip, values.pip, ...lists.map((file) => file.text)]),
      apt: inLines([apt, values.apt]),
    },
  };
}

function inLines(texts: readonly (string | undefined)[]): string {
  return texts.filter((text) => text !== undefined && text.trim() !== "").join("\n");
}

export function keptText(image: ImageView | undefined, field: LongText): string | undefined {
  if (!image) return undefined;
  const { base, pip, apt } = image.recipe;
  if (field === "dockerfile") return base.kind === "dockerfile" ? base.text : undefined;
  return (field === "pip" ? pip : apt).join("\n");
}

function kindOf({ name }: SentFile): "dockerfile" | "list" | undefined {
  if (/(^|[._-])dockerfile([._-][^.]*)?$/i.test(name)) return "dockerfile";
  return /\.(txt|in|pip)$/i.test(name) ? "list" : undefined;
}

function refuseUnknown(files: readonly SentFile[], dockerfiles: readonly SentFile[]): void {
  const unknown = files.find((file) => kindOf(file) === undefined);
  if (unknown)
    throw new Refusal("unknown-file", `I can't tell what “${unknown.name.slice(0, 80)}” is.`, {
      field: "file",
      hint: "Call it requirements.txt if it is a list of Python packages, or Dockerfile.",
    });
  if (dockerfiles.length > 1)
    throw new Refusal(
      "two-dockerfiles",
      `${listed(dockerfiles.map((file) => file.name))} are two Dockerfiles.`,
      {
        field: "file",
        hint: "An image stands on one of them.",
      },
    );
}

function refuseBadLines(lists: readonly SentFile[], allowUrls: boolean): void {
  const problems = lists.flatMap((file) => {
    const read = readPipLines(file.text, { allowUrls });
    return "problems" in read ? [refusedLines("pip", read.problems)] : [];
  });
  refuseAny(problems.map((one) => atField(one, "file", `${lists.map((file) => file.name).join(", ")}: `)));
}

/** So much is read below a field; more of it stands above the form, a line each. */
const mostAtField = 700;

/**
 * What is wrong with the lines of a list, where a person reads it: at the field as long as it fits, and with every line. Others
 * are as they were. `field`: where it stands in the form, if it is a field there.
 */
export function atField(refusal: Refusal, field: string | undefined, before = ""): Refusal {
  const { reason, hint, offers } = refusal;
  if (!["bad-pip", "bad-apt", "bad-dockerfile"].includes(reason) || hint === undefined) return refusal;
  const all = `${before}${hint}`;
  const fits = field !== undefined && all.length <= mostAtField;
  return new Refusal(reason, fits ? all : `${before || named[reason]}${hint}`, {
    ...(fits ? { field } : {}),
    offers,
  });
}

const named: Record<string, string> = {
  "bad-pip": "The Python packages can't be used like this.\n",
  "bad-apt": "The system packages can't be used like this.\n",
  "bad-dockerfile": "The Dockerfile can't be used like this.\n",
};

/** Tells one recipe from another, in few letters. */
export function digestOf(recipe: Recipe): string {
  return createHash("sha256").update(JSON.stringify(recipe)).digest("base64url").slice(0, 22);
}
