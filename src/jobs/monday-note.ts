import { writeMondayNote } from "../health/week.ts";
import type { Job } from "./runner.ts";

/** What the week came to, to the admins, on Monday at nine. */
export const mondayNote: Job = {
  name: "write Monday's note",
  everyMs: 60_000,
  run: writeMondayNote,
};
