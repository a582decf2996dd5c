import { trimLogs } from "../images/build/log.ts";
import type { Job } from "./runner.ts";

const dayMs = 24 * 3_600_000;

export const trimBuildLogs: Job = {
  name: "trim build logs",
  everyMs: dayMs,
  run: trimLogs,
};
