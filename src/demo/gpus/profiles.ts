/** A way to cut a GPU, as `nvidia-smi mig -lgip` lists it. */
export type SliceProfile = {
  name: string;
  id: number;
  /** Placement units it covers, of 8, and where it may start. */
  size: number;
  places: number[];
  /** How many may be there at once. */
  most: number;
  memoryMiB: number;
  multiprocessors: number;
  copyEngines: number;
  decoders: number;
  /** JPEG and optical flow engines. */
  mediaEngines: number;
  /** The number the driver gives to the first GPU instance of this kind. */
  firstInstance: number;
};

/** NVIDIA A100-SXM4-40GB, from NVIDIA's MIG user guide. */
export const a100Profiles: readonly SliceProfile[] = [
  slice("1g.5gb", 19, {
    size: 1,
    places: [0, 1, 2, 3, 4, 5, 6],
    memoryMiB: 4864,
    part: 1,
    decoders: 0,
    firstInstance: 9,
  }),
  {
    ...slice("1g.5gb+me", 20, {
      size: 1,
      places: [0, 1, 2, 3, 4, 5, 6],
      memoryMiB: 4864,
      part: 1,
      decoders: 1,
      firstInstance: 8,
    }),
    most: 1,
    mediaEngines: 1,
  },
  slice("1g.10gb", 15, {
    size: 2,
    places: [0, 2, 4, 6],
    memoryMiB: 9984,
    part: 1,
    decoders: 1,
    firstInstance: 7,
  }),
  slice("2g.10gb", 14, {
    size: 2,
    places: [0, 2, 4],
    memoryMiB: 9984,
    part: 2,
    decoders: 1,
    firstInstance: 3,
  }),
  slice("3g.20gb", 9, { size: 4, places: [0, 4], memoryMiB: 20096, part: 3, decoders: 2, firstInstance: 1 }),
  slice("4g.20gb", 5, { size: 4, places: [0], memoryMiB: 20096, part: 4, decoders: 2, firstInstance: 1 }),
  {
    ...slice("7g.40gb", 0, {
      size: 8,
      places: [0],
      memoryMiB: 40448,
      part: 7,
      decoders: 5,
      firstInstance: 0,
    }),
    mediaEngines: 1,
  },
];

type Shape = Pick<SliceProfile, "size" | "places" | "memoryMiB" | "decoders" | "firstInstance"> & {
  part: number;
};

/** `part` of 7: each has 14 multiprocessors and a copy engine. */
function slice(name: string, id: number, { part, ...shape }: Shape): SliceProfile {
  const most = shape.places.length;
  return { name, id, ...shape, most, multiprocessors: 14 * part, copyEngines: part, mediaEngines: 0 };
}
