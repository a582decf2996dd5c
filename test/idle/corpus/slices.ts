import type { Told } from "../trace.ts";

/** A slice tells no use: what its processes do with memory and CPU stands for it. */
export const slices: readonly Told[] = [
  {
    name: "training on a slice with a tenth of a core",
    why: "A process that drives a GPU needs some CPU for it: 0.05 cores are enough as a sign.",
    holds: "slice",
    lines: "08:00–14:00 process 0.1, cpu 0.1, 8 GB",
    free: "never",
  },
  {
    name: "GPU memory that moves on a slice",
    why: "Memory that comes and goes by 200 MiB is use, however little CPU there is.",
    holds: "slice",
    lines: "08:00–14:00 process 0.01, ±200, cpu 0.02, 8 GB",
    free: "never",
  },
  {
    name: "jobs on a slice that come and go",
    why: "Never an hour without one.",
    holds: "slice",
    lines: "08:00–14:00 5 min (process 0.3, cpu 0.1, 8 GB) then 25 min (nothing)",
    free: "never",
  },
  {
    name: "seven hours of CPU on a slice without a process there",
    why: "Less than eight hours.",
    holds: "slice",
    lines: "08:00–15:00 cpu 3",
    free: "never",
  },
  {
    name: "a notebook on a slice with its model loaded",
    why: "A process whose memory does not move and that needs no CPU does nothing.",
    holds: "slice",
    lines: `
      08:00–09:00 process 0.8, cpu 1, 9 GB
      09:00–15:00 process 0.01, cpu 0.02, 9 GB`,
    free: "10:00–15:00",
  },
  {
    name: "a slice without a process",
    why: "The list was read, and nobody is in it.",
    holds: "slice",
    lines: `
      08:00–09:00 process 0.8, cpu 1, 9 GB
      09:00–15:00 nothing`,
    free: "10:00–15:00",
  },
  {
    name: "GPU memory on a slice that moves by 30 MiB",
    why: "Below 64 MiB it is the driver's own.",
    holds: "slice",
    lines: `
      08:00–09:00 process 0.8, cpu 1, 9 GB
      09:00–15:00 process 0.01, ±30, cpu 0.02, 9 GB`,
    free: "10:00–15:00",
  },
  {
    name: "a server on a slice that asks itself every second whether there is work",
    why: "0.03 cores of waiting.",
    holds: "slice",
    lines: `
      08:00–09:00 process 0.8, cpu 1, 9 GB
      09:00–15:00 process 0.03, cpu 0.05, 9 GB`,
    free: "10:00–15:00",
  },
  {
    name: "nine hours of CPU on a slice without a process there",
    why: "Eight hours of an idle device, slice or whole.",
    holds: "slice",
    lines: "08:00–18:00 cpu 3",
    free: "16:30–18:00 since 08:30",
  },
  {
    name: "a slice whose processes are never told",
    why: "Nobody knows what goes on there; DS01 took it for active for ever, others for idle.",
    holds: "slice",
    lines: "08:00–14:00 no gpu",
    free: "never",
    unknown: "08:30–14:00",
  },
  {
    name: "a slice whose processes are not told for 20 minutes",
    why: "What can't be read there makes an hour unknown, and counts from its end.",
    holds: "slice",
    lines: `
      08:00–09:00 process 0.8, cpu 1, 9 GB
      09:00–09:30 nothing
      09:30–09:50 no gpu
      09:50–14:00 nothing`,
    free: "10:50–14:00",
    unknown: "09:36–10:44",
  },
];
