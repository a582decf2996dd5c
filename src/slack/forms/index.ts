import type { Form } from "../answer.ts";
import { addKeyForm } from "./add-key.ts";
import { deployForm } from "./deploy.ts";
import { enrolForm } from "./enrol.ts";

export const forms: readonly Form[] = [enrolForm, addKeyForm, deployForm];
