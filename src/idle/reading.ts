/** What was read of one container at one instant. A reading that failed is undefined. */
export type Sample = {
  at: Date;
  /** By a clock that nobody sets; told from one process of the bot only. */
  monotonicMs: number;
  /** Which start of the container it was; another one's counters began anew. */
  life: string | undefined;
  devices: readonly DeviceReading[];
  /** Since it was started: CPU core-seconds, and bytes in and out. */
  cpuSeconds: number | undefined;
  netBytes: number | undefined;
  /** Of the container, at that instant. */
  memoryBytes: number | undefined;
  /** When last somebody typed on one of its terminals; undefined: there is none. */
  inputAt: Date | undefined;
};

export type DeviceReading = { id: string; memoryMiB: number | undefined } & (
  | { is: "whole"; usePercent: number | undefined }
  /** The processes of this container on it; undefined: the list can't be read. */
  | { is: "slice"; processes: readonly SliceProcess[] | undefined }
);

export type SliceProcess = { pid: number; memoryMiB: number | undefined; cpuSeconds: number | undefined };
