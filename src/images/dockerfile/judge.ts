import type { Policy } from "../../policy/keys.ts";
import type { Catalogue } from "../catalogue.ts";
import type { LineProblem } from "../packages/line-problem.ts";

/** What a member's own Dockerfile may stand on. */
export type AllowedBases = {
  /** `docker.io/aimehub`: everything below it. */
  registries: readonly string[];
  /** Images of the catalogue. */
  images: readonly string[];
  /** Images that Berth made, of any member, are no bases: `<prefix>-<handle>/…`. */
  imagePrefix: string;
};

export function allowedBases(
  policy: Pick<Policy, "registries" | "image_prefix">,
  catalogue: Catalogue,
): AllowedBases {
  return {
    registries: policy.registries,
    images: catalogue.images.map(({ image }) => image),
    imagePrefix: policy.image_prefix,
  };
}

export type JudgedDockerfile =
  | {
      /** What is to be built instead of the text as typed: the same instructions, one a line, without comments. */
      text: string;
      /** The images it stands on, as written, each once; without `scratch` and its own stages. */
      bases: string[];
      /** It copies files of the build context. */
      copies: boolean;
    }
  | { problems: LineProblem[] };

/**
 * A member's own Dockerfile, judged in its parsed form. What could reach beyond its own build (other images, addresses,
 * mounts, the host's network) is refused, and so is whatever two readers could read differently; all problems at once.
 */
export function judgeDockerfile(
  _text: string,
  _rules: { allowed: AllowedBases; context: boolean },
): JudgedDockerfile {
  throw new Error("not written yet");
}
