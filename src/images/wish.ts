/** What a person asks an image to be made of, as typed and chosen; `recipeFrom` (recipe.ts) judges it. */
export type ImageWish = {
  base:
    | {
        /** Name of a row of the catalogue. */
        catalogue: string;
      }
    | {
        /** Text of a Dockerfile. */
        dockerfile: string;
        /** It may copy files of the project's workspace. */
        context: boolean;
      };
  /** Names of package sets. */
  sets: readonly string[];
  /** Lines as typed. */
  pip: string;
  /** Lines or words as typed. */
  apt: string;
};
