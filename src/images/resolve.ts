import { Refusal } from "../errors.ts";
import { listed } from "../sentence.ts";
import { type Catalogue, findHouseImage, houseImages } from "./catalogue.ts";

/** The image a container is made from, by the name a person gave; without one the first house image. */
export function imageFor(catalogue: Catalogue, name: string | undefined): string {
  const houses = houseImages(catalogue);
  if (name === undefined) {
    const [first] = houses;
    if (first) return first.name;
    throw new Refusal("no-house-image", "There is no image here that could be deployed.", {
      hint: "An admin marks one in catalogue.yaml with “house: true”.",
    });
  }
  const found = findHouseImage(catalogue, name);
  if (found.is === "found") return found.row.name;
  const near = found.nearest.length > 0 ? found.nearest : houses.map((row) => row.name);
  throw new Refusal("no-image", `There is no image called “${name.slice(0, 80)}”.`, {
    field: "image",
    hint: `${found.nearest.length > 0 ? "Did you mean" : "There are"} ${listed(near.slice(0, 5), "or")}?`.replace(
      /^(There are .*)\?$/,
      "$1.",
    ),
  });
}
