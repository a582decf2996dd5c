/** Why a build ends without an image, as a sentence for its member. Thrown on the way and told by whoever makes the build. */
export class BuildFails extends Error {
  override readonly name = "BuildFails";
}

/** Reasons of the signal that ends a build that is under way. */
export class CancelWished extends Error {
  override readonly name = "CancelWished";
}

/** Throws what the signal was aborted with. */
export function goOn(signal: AbortSignal): void {
  if (signal.aborted) throw signal.reason;
}
