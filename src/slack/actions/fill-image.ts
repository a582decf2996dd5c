import { Refusal } from "../../errors.ts";
import { fromWorkspace } from "../../images/from-workspace.ts";
import { imageById } from "../../images/list.ts";
import type { Answer, Call } from "../answer.ts";
import { active } from "../caller.ts";
import { defineAction } from "../define-action.ts";
import { imageForm } from "../forms/image.ts";
import { type ImageParams, imageParams, type LongText, mostLetters } from "../image-fields.ts";
import { fillImage } from "../pressables.ts";

/** Buttons in the form of an image: a field is filled from the workspace, or other fields are shown. */
export const fillImageAction = defineAction({
  pressable: fillImage,
  for: "members",
  async run({ value, ...call }) {
    const { inForm } = call;
    const params = imageParams.safeParse(inForm?.params);
    if (inForm?.name !== imageForm.name || !params.success)
      throw new Refusal("unknown-form", "This form is from another time; open it again.");
    const filled = { params: params.data, given: inForm.given };
    switch (value.with) {
      case "requirements":
        return await filledFromFile(call, filled, "pip");
      case "workspace-dockerfile":
        return await filledFromFile(call, filled, "dockerfile");
      case "own-dockerfile":
        return refill({ ...filled.params, own: true }, filled.given);
      case "catalogue":
        return refill(
          { ...without(without(filled.params, "dockerfile", "kept"), "dockerfile", "workspace"), own: false },
          filled.given,
        );
      case "no-files":
        return refill({ ...filled.params, files: [] }, filled.given);
    }
  },
});

type Filled = { params: ImageParams; given: Record<string, string> };

async function filledFromFile(
  call: Call,
  { params, given }: Filled,
  field: "pip" | "dockerfile",
): Promise<Answer> {
  const { world } = call;
  const by = active(call.caller.member);
  const project =
    params.imageId === undefined
      ? given.name
      : (await imageById(world, { by, imageId: params.imageId })).image.name;
  if (project === undefined)
    throw new Refusal("no-name", "Give the image its name first: it says whose files are looked at.");
  const text = await fromWorkspace(world, {
    by,
    project,
    file: field === "pip" ? "requirements.txt" : "Dockerfile",
  });
  const own = field === "dockerfile" ? { own: true } : {};
  // What was there before is not thrown away: packages come together, of Dockerfiles there is one.
  const before = field === "pip" ? (given.pip ?? "").split("\n") : [];
  const fresh = text.split(/\r?\n/).filter((line) => line.trim() === "" || !before.includes(line));
  const joined = field === "pip" ? [...before, ...fresh].join("\n").trim() : text.trimEnd();
  if (joined.length <= mostLetters) return refill({ ...params, ...own }, { ...given, [field]: joined });
  const workspace = [...new Set([...(params.workspace ?? []), field])];
  return refill({ ...without(params, field, "kept"), ...own, workspace }, given);
}

function without(params: ImageParams, field: LongText, where: "kept" | "workspace"): ImageParams {
  const { [where]: fields, ...rest } = params;
  const left = fields?.filter((one) => one !== field) ?? [];
  return left.length > 0 ? { ...rest, [where]: left } : rest;
}

/** Sent again it is compared anew: what was shown as its difference may be another now. */
function refill({ seen: _, ...params }: ImageParams, given: Record<string, string>): Answer {
  return { kind: "refill", form: imageForm, params, given };
}
