import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { z } from "zod";
import { nearest } from "../policy/nearest.ts";
import { FileProblems, throughYaml } from "../policy/yaml-door.ts";

const line = (words: string) =>
  z.custom<string>((v) => typeof v === "string" && /^\S(\P{Cc}*\S)?$/u.test(v), words);
/** YAML reads `version: 2.10` as the number 2.1: versions are text or they are wrong. */
const version = z.custom<string>(
  (v) => typeof v === "string" && v !== "",
  'a version in quotes, such as "2.10"',
);
const reference = z.custom<string>(
  (v) => typeof v === "string" && /^[a-z0-9][a-z0-9._/:@-]*[A-Za-z0-9._-]*$/.test(v),
  "an image such as docker.io/library/python:3.12-bookworm",
);

const row = z.strictObject({
  /** What a person types behind `--image`, and its name in the form. */
  name: z.custom<string>(
    (v) => typeof v === "string" && /^[a-z0-9]+([-.][a-z0-9]+)*$/.test(v),
    "a short name of lower-case letters, digits, dots and dashes",
  ),
  framework: line("the framework's name"),
  version,
  /**
   * GPU architectures it runs on (`ampere`, `ada`, `hopper`, `blackwell` …, see src/gpu/architecture.ts; `rocm6` for those of
   * another maker); none: it uses no GPU.
   */
  architectures: z.array(line("an architecture such as ampere")).default([]),
  image: reference,
  os: line("the distribution, such as Debian 12").optional(),
  python: version.optional(),
  cuda: version.optional(),
  min_driver: version.optional(),
  /** Python packages that make the image what the row says (JAX is CUDA and these): lines of a requirements file. */
  pip: z.array(line("a Python package such as jax==0.7.2")).default([]),
  /** May be deployed as it is; it brings sshd, sudo and rsync. Otherwise a base for images of the members' own. */
  house: z.custom<boolean>((v) => typeof v === "boolean", "true or false").default(false),
});
export type CatalogueRow = z.infer<typeof row>;

const catalogueSchema = z.strictObject({ images: z.array(row) });
export type Catalogue = z.infer<typeof catalogueSchema>;

/** The catalogue file is wrong; every problem with its line. */
export class CatalogueProblems extends FileProblems {
  override readonly name = "CatalogueProblems";
}

/** Throws `CatalogueProblems` with all that is wrong. */
export function parseCatalogue(yamlText: string, file = "catalogue.yaml"): Catalogue {
  const read = throughYaml(catalogueSchema, yamlText);
  if ("problems" in read) throw new CatalogueProblems(file, read.problems);
  const names = read.value.images.map(({ name }) => name);
  const twice = names.flatMap((name, i) =>
    names.indexOf(name) < i
      ? [
          {
            line: read.place(["images", i, "name"]),
            key: `images[${i + 1}].name`,
            sentence: `Two images are called ${name}.`,
          },
        ]
      : [],
  );
  if (twice.length > 0) throw new CatalogueProblems(file, twice);
  return read.value;
}

/** The file the policy names, looked for beside the policy file. Throws `CatalogueProblems`, also where there is none. */
export async function readCatalogue(policyPath: string, catalogue: string): Promise<Catalogue> {
  const path = resolve(dirname(policyPath), catalogue);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    const sentence = `The catalogue can't be read (${(cause as NodeJS.ErrnoException).code}). The policy's key catalogue says where it is.`;
    throw new CatalogueProblems(path, [{ line: undefined, key: "", sentence }]);
  }
  return parseCatalogue(text, path);
}

/** Those that may be deployed as they are, in the order of the file: the first is what a form offers. */
export function houseImages(catalogue: Catalogue): CatalogueRow[] {
  return catalogue.images.filter(({ house }) => house);
}

/** By its name. `unknown` brings the names a person may have meant: never silently another one. */
export function findHouseImage(
  catalogue: Catalogue,
  name: string,
): { is: "found"; row: CatalogueRow } | { is: "unknown"; nearest: string[] } {
  const houses = houseImages(catalogue);
  const found = houses.find((one) => one.name === name.toLowerCase());
  if (found !== undefined) return { is: "found", row: found };
  return {
    is: "unknown",
    nearest: nearest(
      name,
      houses.map((one) => one.name),
    ),
  };
}
