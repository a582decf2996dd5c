import type { ModalView } from "./views/blocks.ts";

/** What became of it. `again`: the form once more, with what is wrong; `errors` if all of it belongs to fields. */
export type Outcome =
  | { kind: "close" }
  | { kind: "view"; view: ModalView }
  | { kind: "again"; errors: Record<string, string> | undefined; redraw: () => Promise<ModalView> };
