import type { Form } from "../answer.ts";
import { addKeyForm } from "./add-key.ts";
import { askExtensionForm } from "./ask-extension.ts";
import { askMoreForm } from "./ask-more.ts";
import { deployForm } from "./deploy.ts";
import { enrolForm } from "./enrol.ts";
import { exemptForm } from "./exempt.ts";
import { imageForm } from "./image.ts";
import { setLimitForm } from "./set-limit.ts";
import { shareImageForm } from "./share-image.ts";
import { tagImageForm } from "./tag-image.ts";

export const forms: readonly Form[] = [
  enrolForm,
  addKeyForm,
  deployForm,
  imageForm,
  tagImageForm,
  shareImageForm,
  askMoreForm,
  askExtensionForm,
  setLimitForm,
  exemptForm,
];
