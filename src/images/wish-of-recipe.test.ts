import { expect, test } from "vitest";
import type { Recipe } from "../ledger/image-tables.ts";
import { wishOfRecipe } from "./wish-of-recipe.ts";

const policy = { package_sets: { jupyter: { pip: ["jupyterlab"], apt: [] } } };
const recipe: Recipe = {
  base: { kind: "catalogue", name: "pytorch-2.8", image: "docker.io/x/pytorch:2.8" },
  sets: [
    { name: "always", pip: [], apt: ["git"] },
    { name: "jupyter", pip: ["jupyterlab"], apt: [] },
    { name: "vision", pip: ["timm", "kornia"], apt: ["ffmpeg"] },
  ],
  pip: ["numpy<2", "timm"],
  apt: ["tmux"],
};

test("a set that is as it was is asked for by its name; one that is gone by its packages, each once", () => {
  expect(wishOfRecipe(policy, recipe)).toEqual({
    base: { catalogue: "pytorch-2.8" },
    sets: ["jupyter"],
    pip: "numpy<2\ntimm\nkornia",
    apt: "tmux\nffmpeg",
  });
});

test("a set that has other packages by now is not what was meant", () => {
  const changed = { package_sets: { jupyter: { pip: ["jupyterlab", "notebook"], apt: [] } } };
  expect(wishOfRecipe(changed, recipe)).toMatchObject({ sets: [], pip: "numpy<2\ntimm\njupyterlab\nkornia" });
});

test("a Dockerfile stays one", () => {
  const base = { kind: "dockerfile", text: "FROM x\n", context: true } as const;
  expect(wishOfRecipe(policy, { ...recipe, base }).base).toEqual({ dockerfile: "FROM x\n", context: true });
});
