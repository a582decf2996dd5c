import type { Action } from "../define-action.ts";
import { pruneNowAction, pullNowAction, seeCatalogueAction, seeHistoryAction } from "./admin.ts";
import { approveAction, declineAction } from "./approval.ts";
import {
  cancelBuildAction,
  sendContentsAction,
  sendLogAction,
  showContentsAction,
  showDockerfileAction,
} from "./build.ts";
import {
  freeGpuAction,
  leaveAction,
  openCardAction,
  retireAction,
  runAction,
  stopAction,
} from "./container.ts";
import { askExtensionAction, extendAction } from "./extend.ts";
import { fillImageAction } from "./fill-image.ts";
import { addKeyAction, enrolAction, newContainerAction } from "./forms.ts";
import {
  createImageAction,
  deleteImageAction,
  deployImageAction,
  endShareAction,
  redeployAction,
  seeImagesAction,
  shareImageAction,
  showImageAction,
  tagImageAction,
  updateImageAction,
} from "./image.ts";
import { addInstalledAction, retireAndAddAction } from "./installed.ts";
import { keepAction, keepFilesAction } from "./keep.ts";
import {
  addExemptionAction,
  addOverrideAction,
  endExemptionAction,
  endOverrideAction,
  moveToGroupAction,
  openMemberAction,
  seeMembersAction,
} from "./members.ts";
import { askMoreAction, declinePetitionAction, grantPetitionAction } from "./petition.ts";
import { removeKeyAction } from "./remove-key.ts";
import { resumeWithOneAction, startFreshAction } from "./resume.ts";
import {
  seeContainersAction,
  seeGpusAction,
  seeHelpAction,
  seeLimitsAction,
  seeQueueAction,
  seeStatsAction,
} from "./see.ts";
import { cantConnectAction, sshConfigAction } from "./sign-in.ts";
import { stopAndFreeAction, swapAction } from "./waiting.ts";
import { askWhyAction, whyGpusAction } from "./why.ts";

export const actions: readonly Action[] = [
  openCardAction,
  sshConfigAction,
  cantConnectAction,
  runAction,
  startFreshAction,
  resumeWithOneAction,
  stopAction,
  keepAction,
  keepFilesAction,
  extendAction,
  askExtensionAction,
  retireAction,
  addInstalledAction,
  retireAndAddAction,
  freeGpuAction,
  leaveAction,
  stopAndFreeAction,
  swapAction,
  askWhyAction,
  whyGpusAction,
  newContainerAction,
  createImageAction,
  updateImageAction,
  seeImagesAction,
  showImageAction,
  tagImageAction,
  shareImageAction,
  endShareAction,
  deleteImageAction,
  deployImageAction,
  redeployAction,
  fillImageAction,
  cancelBuildAction,
  showDockerfileAction,
  showContentsAction,
  sendContentsAction,
  sendLogAction,
  enrolAction,
  addKeyAction,
  removeKeyAction,
  approveAction,
  declineAction,
  seeMembersAction,
  openMemberAction,
  moveToGroupAction,
  addOverrideAction,
  endOverrideAction,
  addExemptionAction,
  endExemptionAction,
  askMoreAction,
  grantPetitionAction,
  declinePetitionAction,
  seeCatalogueAction,
  pullNowAction,
  pruneNowAction,
  seeHistoryAction,
  seeContainersAction,
  seeGpusAction,
  seeQueueAction,
  seeLimitsAction,
  seeStatsAction,
  seeHelpAction,
];
