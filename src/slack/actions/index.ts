import type { Action } from "../define-action.ts";
import { approveAction, declineAction } from "./approval.ts";
import {
  freeGpuAction,
  leaveAction,
  openCardAction,
  retireAction,
  runAction,
  stopAction,
} from "./container.ts";
import { addKeyAction, enrolAction, newContainerAction } from "./forms.ts";
import { removeKeyAction } from "./remove-key.ts";
import { seeContainersAction, seeGpusAction, seeHelpAction, seeLimitsAction } from "./see.ts";
import { cantConnectAction, sshConfigAction } from "./sign-in.ts";
import { askWhyAction } from "./why.ts";

export const actions: readonly Action[] = [
  openCardAction,
  sshConfigAction,
  cantConnectAction,
  runAction,
  stopAction,
  retireAction,
  freeGpuAction,
  leaveAction,
  askWhyAction,
  newContainerAction,
  enrolAction,
  addKeyAction,
  removeKeyAction,
  approveAction,
  declineAction,
  seeContainersAction,
  seeGpusAction,
  seeLimitsAction,
  seeHelpAction,
];
