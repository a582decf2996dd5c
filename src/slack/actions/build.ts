import { Refusal } from "../../errors.ts";
import { logOf } from "../../images/build/log.ts";
import { cancelBuild as cancel } from "../../images/cancel.ts";
import { imageOfBuild } from "../../images/of-build.ts";
import { onlyToCaller, show } from "../answer.ts";
import { active } from "../caller.ts";
import { defineAction } from "../define-action.ts";
import { mrkdwn, plain } from "../mrkdwn.ts";
import { cancelBuild, sendContents, sendLog, showContents, showDockerfile } from "../pressables.ts";
import { section } from "../views/blocks.ts";
import { cancelling } from "../views/build.ts";
import { contentsPage, contentsText } from "../views/contents.ts";
import { dockerfilePage } from "../views/dockerfile.ts";

export const cancelBuildAction = defineAction({
  pressable: cancelBuild,
  for: "members",
  changes: true,
  async run({ world, caller, value, message }) {
    const view = await cancel(world, { by: active(caller.member), buildId: value.buildId });
    const onCard = message !== undefined && message.ts === view.build.cardTs;
    return onCard ? { kind: "nothing" } : onlyToCaller(cancelling(view));
  },
});

export const showDockerfileAction = defineAction({
  pressable: showDockerfile,
  for: "members",
  async run({ world, caller, value }) {
    const { view, build, recipe } = await imageOfBuild(world, {
      by: active(caller.member),
      buildId: value.buildId,
    });
    return show(dockerfilePage(view.image.name, build, recipe.recipe));
  },
});

export const showContentsAction = defineAction({
  pressable: showContents,
  for: "members",
  async run({ world, caller, value }) {
    const { view, build } = await imageOfBuild(world, {
      by: active(caller.member),
      buildId: value.buildId,
    });
    return show(contentsPage(view.image.name, build));
  },
});

export const sendContentsAction = defineAction({
  pressable: sendContents,
  for: "members",
  async run({ world, caller, value, sendFile }) {
    const { view, build } = await imageOfBuild(world, {
      by: active(caller.member),
      buildId: value.buildId,
    });
    const { name } = view.image;
    if (!build.contents) throw new Refusal("no-contents", `Nothing is known of what is in “${name}”.`);
    await sendFile({ name: `${name}-contents.txt`, text: contentsText(build.contents) });
    return sent(`${name}-contents.txt`);
  },
});

export const sendLogAction = defineAction({
  pressable: sendLog,
  for: "members",
  async run({ world, caller, value, sendFile }) {
    const { view, build } = await imageOfBuild(world, {
      by: active(caller.member),
      buildId: value.buildId,
      onlyOwn: true,
    });
    const text = await logOf(world, build.id);
    if (!text)
      throw new Refusal("no-log", "The log of that build is not kept any more.", {
        hint: "Build it again to see what it prints.",
        offers: [{ kind: "update-image", imageId: view.image.id }],
      });
    await sendFile({ name: `${view.image.name}-build-${build.id}.log`, text });
    return sent(`${view.image.name}-build-${build.id}.log`);
  },
});

function sent(file: string) {
  const text = mrkdwn`${plain(file)} is in our conversation.`;
  return onlyToCaller({ text, blocks: [section(mrkdwn`:page_facing_up:  ${text}`)] });
}
