import type { UseOfLate } from "../containers/use.ts";
import { drawUse, type UsePicture, useInWords } from "../pictures/draw-use.ts";
import { deviceInWords } from "../waitlist/wish.ts";
import type { OutgoingFile } from "./answer.ts";

/** Its hours are written by the clock of `timeZone`. */
export async function pictureOfUse(of: UseOfLate, timeZone: string): Promise<OutgoingFile> {
  const { container, project } = of.view;
  const picture: UsePicture = {
    project: project.name,
    minutes: of.minutes,
    from: of.from,
    to: of.to,
    timeZone,
    ...(of.idleSince ? { idleSince: of.idleSince } : {}),
    devices: of.devices.map((device) => ({
      id: device.id,
      name: deviceInWords(device),
      memoryMiB: device.memoryMiB,
    })),
    cpus: container.limits?.cpus ?? 1,
    memoryGiB: container.limits?.memoryGiB ?? 1,
  };
  return { name: `${project.name}-use.png`, png: await drawUse(picture), shows: useInWords(picture) };
}
