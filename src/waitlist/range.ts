/** When a request will be granted, as far as it can be told. */
export type Range = {
  earliest: Date;
  /** Null: it can't be told, or is more than two days away. */
  latest: Date | null;
  /** By then at the latest these devices are its own: the promise. */
  promisedBy?: Date;
  /** What hinders telling more, as a sentence: "Not before someone stops." */
  because?: string;
};
