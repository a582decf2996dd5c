import { z } from "zod";
import { aboutContainer, pressable } from "./define-action.ts";

/** Every button there is, by what it carries. Views take these; `actions/` says what each one does. */

export const openCard = pressable("open-card", aboutContainer);
export const sshConfig = pressable("ssh-config", aboutContainer);
export const cantConnect = pressable("cant-connect", aboutContainer);
export const runContainer = pressable("run-container", aboutContainer);
/** Its member gives up what was changed in it, which could not be brought to another GPU. */
export const startFresh = pressable("start-fresh", aboutContainer);
/** Stops one of several GPUs and runs it again with one of them. */
export const resumeWithOne = pressable("resume-with-one", aboutContainer);
export const stopContainer = pressable("stop-container", aboutContainer);
export const retireContainer = pressable("retire-container", aboutContainer);
/** What was installed by hand in it becomes part of its image. */
export const addInstalled = pressable("add-installed", aboutContainer);
export const retireAndAdd = pressable("retire-and-add", aboutContainer);
export const freeGpuNow = pressable("free-gpu", aboutContainer);
/** It is idle, and its GPU stays for two hours all the same. */
export const keepContainer = pressable("keep-container", aboutContainer);
/** It is stopped, and what is in it stays for longer. */
export const keepFilesOf = pressable("keep-files", aboutContainer);
/** `hours` is a wish like any typed one: judged when it is pressed. */
export const extendContainer = pressable(
  "extend-container",
  z.object({ containerId: z.int().positive(), endId: z.int().positive(), hours: z.number() }),
);
export const askExtension = pressable(
  "ask-extension",
  z.object({ containerId: z.int().positive(), hours: z.number() }),
);
export const leaveLine = pressable("leave-line", aboutContainer);
/** Stops one's own so that another of one's own can start: its GPU is not kept. */
export const stopAndFree = pressable("stop-and-free", aboutContainer);
/** Something smaller in the same place of the line. A hint: it is judged again when it is pressed. */
export const swapRequest = pressable(
  "swap-request",
  z.object({ containerId: z.int().positive(), devices: z.string().max(100), hours: z.number() }),
);
export const askWhy = pressable("ask-why", aboutContainer);
export const seeStats = pressable("see-stats", aboutContainer);
/** Of the board: of every device that is not free, why. */
export const whyGpus = pressable("why-gpus", z.object({}));
export const newContainer = pressable("new-container", z.object({ project: z.string().max(60).optional() }));

export const enrolMe = pressable("enrol-me", z.object({}));
export const addKey = pressable("add-key", z.object({}));
export const removeKey = pressable("remove-key", z.object({ keyId: z.int().positive() }));
export const approveMember = pressable(
  "approve-member",
  z.object({ m: z.int().positive(), g: z.string().max(40) }),
);
export const declineMember = pressable("decline-member", z.object({ m: z.int().positive() }));

/** Admins' page of members, from that one on. */
export const seeMembers = pressable(
  "see-members",
  z.object({ query: z.string().max(100), from: z.int().min(0) }),
);
const aboutMember = z.object({ memberId: z.int().positive() });
export const openMember = pressable("open-member", aboutMember);
/** `seen`: the group that the page showed. */
export const moveToGroup = pressable(
  "move-to-group",
  z.object({ m: z.int().positive(), g: z.string().max(40), seen: z.string().max(40).nullable() }),
);
export const addOverride = pressable("add-override", aboutMember);
export const endOverride = pressable(
  "end-override",
  z.object({ memberId: z.int().positive(), overrideId: z.int().positive() }),
);
export const addExemption = pressable("add-exemption", aboutMember);
export const endExemption = pressable(
  "end-exemption",
  z.object({ memberId: z.int().positive(), exemptionId: z.int().positive() }),
);
export const askMore = pressable("ask-more", z.object({}));
const aboutPetition = z.object({ petitionId: z.int().positive() });
export const grantPetition = pressable("grant-petition", aboutPetition);
export const declinePetition = pressable("decline-petition", aboutPetition);

/** What every button on an image carries, and on one of its builds. */
const aboutImage = z.object({ imageId: z.int().positive() });
const aboutBuild = z.object({ buildId: z.int().positive() });
export const createImage = pressable("create-image", z.object({ name: z.string().max(60).optional() }));
export const updateImage = pressable("update-image", aboutImage);
export const showImage = pressable("show-image", aboutImage);
export const seeImages = pressable("see-images", z.object({}));
export const tagImage = pressable("tag-image", aboutBuild);
export const shareImage = pressable("share-image", aboutImage);
export const endShare = pressable(
  "end-share",
  z.object({ imageId: z.int().positive(), memberId: z.int().positive() }),
);
export const deleteImage = pressable(
  "delete-image",
  z.object({
    imageId: z.int().positive(),
    what: z.enum(["image", "old-builds", "tag"]),
    tag: z.string().max(63).optional(),
  }),
);
export const cancelBuild = pressable("cancel-build", aboutBuild);
export const showDockerfile = pressable("show-dockerfile", aboutBuild);
export const showContents = pressable("show-contents", aboutBuild);
export const sendContents = pressable("send-contents", aboutBuild);
export const sendLog = pressable("send-log", aboutBuild);
/** What the form of a container has in it. `image`: as it is typed behind --image. `devices`: a choice of its select. */
const filledIn = z.object({
  image: z.string().max(150).optional(),
  devices: z.string().max(75).optional(),
  hours: z.number().optional(),
});
/** The form of a container, filled in. */
export const deployImage = pressable("deploy-image", filledIn.extend({ project: z.string().max(60) }));
/** Retire a container, so that it can be deployed again, with the form filled in. */
export const redeploy = pressable("redeploy", filledIn.extend({ containerId: z.int().positive() }));
/** In the form of an image: fills a field, or shows others. */
export const fillImage = pressable(
  "fill-image",
  z.object({
    with: z.enum(["requirements", "workspace-dockerfile", "own-dockerfile", "catalogue", "no-files"]),
  }),
);

const aPageOfTheCatalogue = { query: z.string().max(100), from: z.int().min(0) };
export const seeCatalogue = pressable("see-catalogue", z.object(aPageOfTheCatalogue));
export const pullNow = pressable("pull-now", z.object({ name: z.string().max(100), ...aPageOfTheCatalogue }));
export const pruneNow = pressable("prune-now", z.object({}));

/** A page of what happened. `words`: of what, as typed. */
export const seeHistory = pressable(
  "see-history",
  z.object({ words: z.array(z.string().max(100)).max(4), before: z.int().positive() }),
);

export const seeContainers = pressable("see-containers", z.object({}));
export const seeGpus = pressable("see-gpus", z.object({}));
export const seeQueue = pressable("see-queue", z.object({ again: z.boolean().optional() }));
export const seeLimits = pressable("see-limits", z.object({}));
export const seeHelp = pressable("see-help", z.object({ topic: z.string().max(40).optional() }));
