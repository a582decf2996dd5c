import { clocks } from "./corpus/clocks.ts";
import { idle } from "./corpus/idle.ts";
import { missing } from "./corpus/missing.ts";
import { slices } from "./corpus/slices.ts";
import { working } from "./corpus/working.ts";
import { type Trace, trace } from "./trace.ts";

/** Every trace with what is right to think of it. One more for each report of somebody who was judged wrongly. */
export const corpus: readonly Trace[] = [working, idle, slices, missing, clocks].flat().map(trace);
