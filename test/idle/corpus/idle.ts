import type { Told } from "../trace.ts";

/** Nobody needs it any more, or for the moment: free on demand once the timeout is over. */
export const idle: readonly Told[] = [
  {
    name: "an idle notebook with 30 GB loaded",
    why: "Held GPU memory is no activity, nor is a kernel that waits.",
    lines: `
      08:00–09:07 gpu 60, cpu 1, 30 GB
      09:07–17:00 cpu 0.02, net 0.1, 30 GB`,
    free: "10:07–17:00",
  },
  {
    name: "a notebook that saves itself",
    why: "Five seconds of CPU every two minutes are 0.04 cores.",
    lines: `
      08:00–09:00 gpu 60, cpu 1, 30 GB
      09:00–17:00 5 s (cpu 0.9, 30 GB) then 115 s (cpu 0.01, 30 GB)`,
    free: "10:00–17:00",
  },
  {
    name: "an open VS Code window over night",
    why: "An open connection is no activity.",
    lines: `
      16:00–18:10 typing, cpu 0.5
      18:10–32:00 cpu 0.08, net 0.4`,
    free: "19:10–32:00",
  },
  {
    name: "an open VS Code window that updates itself in the evening",
    why: "Two minutes of work are activity, whoever did it; after it the hour counts anew.",
    lines: `
      16:00–18:00 typing, cpu 0.5
      18:00–21:00 cpu 0.08, net 0.4
      21:00–21:02 updates: cpu 0.9, net 60
      21:02–25:00 cpu 0.08, net 0.4`,
    free: "19:00–21:00; 22:02–25:00",
  },
  {
    name: "an open VS Code window that updates itself at three in the night",
    why: "By then its device has rested for eight hours: what the CPU does changes nothing any more.",
    lines: `
      16:00–18:00 typing, cpu 0.5
      18:00–27:00 cpu 0.08, net 0.4
      27:00–27:02 updates: cpu 0.9, net 60
      27:02–32:00 cpu 0.08, net 0.4`,
    free: "19:00–32:00",
  },
  {
    name: "tmux with a sleeping loop",
    why: "A loop that sleeps needs nothing.",
    lines: `
      08:00–08:50 typing, gpu 40, cpu 1
      08:50–20:00 while true; do sleep 5; done: cpu 0.01`,
    free: "09:50–20:00",
  },
  {
    name: "nvidia-smi watched in a terminal",
    why: "Output is not input, and looking at the GPU does not use it.",
    lines: `
      08:00–09:00 gpu 80, cpu 1
      09:00–15:00 cpu 0.06, net 0.2`,
    free: "10:00–15:00",
  },
  {
    name: "a debugger at a breakpoint",
    why: "The program stands still, whatever it holds; people argue about this one.",
    lines: `
      08:00–09:15 gpu 90, cpu 1, 22 GB, typing
      09:15–13:00 22 GB`,
    free: "10:15–13:00",
  },
  {
    name: "nine hours of CPU-only work on a GPU container",
    why: "Its device did nothing for eight hours; people argue about this one too.",
    lines: `
      08:00–09:00 gpu 50, cpu 4
      09:00–19:00 preprocesses: cpu 8`,
    free: "17:00–19:00 since 09:00",
  },
  {
    name: "CPU-only work from the start",
    why: "The eight hours count from the first half hour's end.",
    lines: "08:00–18:00 cpu 8",
    free: "16:30–18:00 since 08:30",
  },
  {
    name: "a download of ten hours",
    why: "A download needs no GPU for so long either.",
    lines: "08:00–18:00 net 200, cpu 0.3",
    free: "16:30–18:00 since 08:30",
  },
  {
    name: "CPU-only work, and then nothing",
    why: "Each of the two counts for itself: an hour of nothing comes before eight hours of an idle device.",
    lines: `
      08:00–12:00 cpu 8
      12:00–15:00 nothing`,
    free: "13:00–15:00",
  },
  {
    name: "nobody ever came",
    why: "An hour after the first half hour.",
    lines: "08:00–14:00 nothing",
    free: "09:30–14:00",
  },
  {
    name: "a job that ends in the night",
    why: "At 03:13 nobody is there to stop it.",
    lines: `
      14:00–27:13 gpu 97, cpu 2, 34 GB
      27:13–32:00 nothing`,
    free: "28:13–32:00",
  },
  {
    name: "a job of 20 hours, first seen late, which then ends",
    why: "From its last activity, not from its start and not from the first look.",
    lines: `
      08:00–28:00 bot away
      28:00–28:20 gpu 97, cpu 1
      28:20–31:00 nothing`,
    free: "29:20–31:00",
  },
  {
    name: "its owner comes back, works, and leaves again",
    why: "Activity takes the mark away, and the hour counts anew.",
    lines: `
      08:00–09:00 gpu 80, cpu 1
      09:00–11:20 nothing
      11:20–12:00 gpu 80, cpu 1
      12:00–14:30 nothing`,
    free: "10:00–11:20; 13:00–14:30",
  },
  {
    name: "one typed line takes the mark away",
    why: "A person is there.",
    lines: `
      08:00–09:00 gpu 80
      09:00–11:00 8 GB
      11:00–11:01 typing
      11:01–13:00 8 GB`,
    free: "10:00–11:00; 12:01–13:00",
  },
  {
    name: "a timeout of half an hour",
    why: "The shortest there is.",
    idleTimeoutHours: 0.5,
    lines: `
      08:00–09:00 gpu 80
      09:00–11:00 nothing`,
    free: "09:30–11:00",
  },
  {
    name: "a timeout of four hours",
    why: "Its group may be idle for four hours, not for five.",
    idleTimeoutHours: 4,
    lines: `
      08:00–09:00 gpu 80
      09:00–16:00 nothing`,
    free: "13:00–16:00",
  },
  {
    name: "a timeout longer than the eight hours of a device",
    why: "Whoever may be idle for ten hours may leave a device idle as long.",
    idleTimeoutHours: 10,
    lines: `
      08:00–09:00 gpu 80, cpu 1
      09:00–22:00 cpu 4`,
    free: "19:00–22:00",
  },
  {
    name: "a trickle of three MiB a minute",
    why: "Telemetry and keepalives are no download.",
    lines: `
      08:00–09:00 gpu 80, cpu 1
      09:00–15:00 net 3, cpu 0.02`,
    free: "10:00–15:00",
  },
  {
    name: "an open tunnel to a TensorBoard that nobody looks at",
    why: "Present, not active.",
    lines: `
      08:00–09:00 gpu 80, cpu 1
      09:00–15:00 net 1, cpu 0.1`,
    free: "10:00–15:00",
  },
  {
    name: "data-loading workers that were left behind and wait",
    why: "0.2 cores are below a quarter.",
    lines: `
      08:00–09:00 gpu 80, cpu 8, 20 GB
      09:00–15:00 cpu 0.2, 20 GB`,
    free: "10:00–15:00",
  },
  {
    name: "a script of ten seconds every hour",
    why: "Ten seconds are 0.15 cores of its minute.",
    lines: `
      08:00–09:00 gpu 80, cpu 1
      09:00–16:00 10 s (cpu 0.9) then 3590 s (nothing)`,
    free: "10:00–16:00",
  },
  {
    name: "two GPUs, both idle with their memory held",
    why: "Neither did anything.",
    holds: "2 GPUs",
    lines: `
      08:00–09:00 gpu 95/95, cpu 2, 30 GB
      09:00–14:00 cpu 0.05, 30 GB`,
    free: "10:00–14:00",
  },
  {
    name: "two GPUs that stop one after the other",
    why: "From the last activity of either.",
    holds: "2 GPUs",
    lines: `
      08:00–09:00 gpu 95/95, cpu 0.2
      09:00–10:30 gpu 0/95, cpu 0.2
      10:30–14:00 nothing`,
    free: "11:30–14:00",
  },
  {
    name: "Keep, pressed when it was free on demand",
    why: "Two hours for whoever says that it is needed; nobody used it in them.",
    lines: `
      08:00–09:00 gpu 80
      09:00–16:00 nothing
      10:30 Keep`,
    free: "10:00–10:30; 12:30–16:00 since 10:31",
  },
  {
    name: "Keep on top of a long timeout",
    why: "Keep is a sign of life as typing is: the four hours count from it.",
    idleTimeoutHours: 4,
    lines: `
      08:00–09:00 gpu 80
      09:00–17:00 nothing
      11:00 Keep`,
    free: "15:01–17:00",
  },
  {
    name: "three days of nothing",
    why: "It only becomes longer.",
    lines: `
      08:00–10:00 gpu 80, cpu 1
      10:00–80:00 cpu 0.01`,
    free: "11:00–80:00",
  },
];
