import { z } from "zod";
import { imageOfBuild } from "../../images/of-build.ts";
import { tagImage } from "../../images/tag.ts";
import { show } from "../answer.ts";
import { active } from "../caller.ts";
import { defineForm } from "../define-form.ts";
import { textInput } from "../inputs.ts";
import { bold, mrkdwn, plain } from "../mrkdwn.ts";
import { context, page, section } from "../views/blocks.ts";
import { imageTagged } from "../views/image-said.ts";

/** A name for what an image is now, kept for ever. */
export const tagImageForm = defineForm({
  name: "tag-image",
  title: "Keep under a tag",
  submit: "Keep",
  for: "members",
  params: z.object({ buildId: z.int().positive() }),
  fields: z.object({ tag: z.string({ error: "The tag needs a name." }).max(200) }),
  async draw({ world, caller, params, given }) {
    const { view } = await imageOfBuild(world, {
      by: active(caller.member),
      buildId: params.buildId,
      onlyOwn: true,
    });
    return [
      section(mrkdwn`What ${bold(plain(view.image.name))} is now, kept under a name for ever.`),
      textInput(
        { field: "tag", label: "Tag" },
        { given: given.tag, placeholder: "experiment-42", most: 200 },
      ),
      context(mrkdwn`A tag is never moved: what was deployed by it once is what it brings back.`),
    ];
  },
  async submitted({ world, caller, params, values }) {
    const by = active(caller.member);
    const { view } = await imageOfBuild(world, { by, buildId: params.buildId, onlyOwn: true });
    const tagged = await tagImage(world, {
      by,
      name: view.image.name,
      tag: values.tag,
      buildId: params.buildId,
    });
    return show(page("Keep under a tag", imageTagged(tagged.view, tagged.tag, tagged.build).blocks));
  },
});
