/**
 * GPU-equivalents of a device: a whole GPU is 1, a slice n / the most slices its model offers.
 * `profile` as nvidia-smi names it (`3g.20gb`, `1c.3g.71gb`); undefined: the whole GPU.
 */
export function weigh(model: string, profile: string | undefined): number {
  if (profile === undefined) return 1;
  const slices = computeSlices(profile);
  // An unreadable profile must not become a free one.
  return slices === undefined ? 1 : Math.min(1, slices / mostSlices(model));
}

/** A compute instance `1c.3g.71gb` is the first number: compute slices of its own inside the instance. */
function computeSlices(profile: string): number | undefined {
  const compute = /^(\d+)[cg]\./.exec(profile)?.[1];
  return compute === undefined || Number(compute) === 0 ? undefined : Number(compute);
}

/** 7 on A100, H100, H200, B200; the smaller ones offer 4. */
function mostSlices(model: string): number {
  return /\bA30\b|RTX PRO 6000/i.test(model) ? 4 : 7;
}
