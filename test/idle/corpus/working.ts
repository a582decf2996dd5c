import type { Told } from "../trace.ts";

/** Somebody needs it, however it looks at one moment: never free on demand. */
export const working: readonly Told[] = [
  {
    name: "training with data-loading gaps",
    why: "Gaps of three minutes are part of the work.",
    lines: "08:00–20:00 10 min (gpu 95, cpu 1.2, 30 GB) then 3 min (cpu 0.1, 30 GB)",
    free: "never",
  },
  {
    name: "training with evaluation pauses on the CPU",
    why: "The CPU works while the GPU does not.",
    lines: "08:00–20:00 20 min (gpu 98, cpu 1, 30 GB) then 8 min (cpu 0.9, 30 GB)",
    free: "never",
  },
  {
    name: "twenty-minute pauses in which a checkpoint is written",
    why: "Twenty minutes are less than the timeout, each time.",
    lines: "08:00–20:00 40 min (gpu 90, cpu 1) then 20 min (cpu 0.15, net 2)",
    free: "never",
  },
  {
    name: "58 minutes between two trainings",
    why: "Two minutes are left of the timeout of an hour.",
    lines: `
      08:00–10:00 trains: gpu 90, cpu 1
      10:00–10:58 nothing
      10:58–13:00 trains: gpu 90, cpu 1`,
    free: "never",
  },
  {
    name: "a tiny model keeps the GPU at one percent",
    why: "One percent is use.",
    lines: "08:00–14:00 gpu 1, cpu 0.1, 2 GB",
    free: "never",
  },
  {
    name: "one long kernel, the process waits for it",
    why: "The CPU of a process that waits for the GPU says nothing.",
    lines: "08:00–14:00 gpu 100, cpu 0.01, 38 GB",
    free: "never",
  },
  {
    name: "preprocessing on the CPU for seven hours, then training",
    why: "Less than eight hours of an idle device: its CPU counts.",
    lines: `
      08:00–15:00 preprocesses: cpu 8
      15:00–18:00 trains: gpu 95, cpu 1`,
    free: "never",
  },
  {
    name: "a job of 20 hours, first seen when it is 20 hours old",
    why: "That nobody looked is no idleness; DS01 stopped such a job seven seconds after it had seen it.",
    lines: `
      08:00–28:00 bot away
      28:00–31:00 gpu 97, cpu 1.1, 30 GB`,
    free: "never",
  },
  {
    name: "a download of seven hours",
    why: "40 MiB a minute are a data set on its way.",
    lines: "08:00–15:00 net 40, cpu 0.1",
    free: "never",
  },
  {
    name: "downloads in bursts",
    why: "Never an hour between two of them.",
    lines: "08:00–16:00 10 min (net 300, cpu 0.2) then 40 min (nothing)",
    free: "never",
  },
  {
    name: "an upload of results",
    why: "What goes out counts as what comes in.",
    lines: `
      08:00–09:00 gpu 80, cpu 1
      09:00–13:00 rsync: net 90, cpu 0.15`,
    free: "never",
  },
  {
    name: "somebody types now and then and thinks between",
    why: "A person who typed 20 minutes ago is there.",
    lines: "08:00–15:00 40 s (typing) then 20 min (12 GB)",
    free: "never",
  },
  {
    name: "somebody writes code for ten hours and leaves the GPU alone",
    why: "Who types is there and can be asked; only a CPU or a download that nobody sits at is overruled by an idle device.",
    lines: "08:00–18:00 1 min (typing, cpu 0.1) then 15 min (cpu 0.05)",
    free: "never",
  },
  {
    name: "two GPUs of which one works",
    why: "They are judged together; that the other does nothing is said, not stopped.",
    holds: "2 GPUs",
    lines: "08:00–16:00 gpu 95/0, cpu 1, 20 GB",
    free: "never",
  },
  {
    name: "two GPUs of which the second works",
    why: "Any of its devices is enough, whichever.",
    holds: "2 GPUs",
    lines: "08:00–16:00 gpu 0/40, cpu 0.1, 20 GB",
    free: "never",
  },
  {
    name: "two GPUs at 95 percent and hardly any CPU",
    why: "DS01 read the two ids as one, judged by the CPU alone and stopped it.",
    holds: "2 GPUs",
    lines: "08:00–16:00 gpu 95/95, cpu 0.1, 36 GB",
    free: "never",
  },
  {
    name: "two GPUs that take turns",
    why: "One of them works at any time.",
    holds: "2 GPUs",
    lines: "08:00–16:00 50 min (gpu 90/0, cpu 0.2) then 50 min (gpu 0/90, cpu 0.2)",
    free: "never",
  },
  {
    name: "a model that answers requests now and then",
    why: "A minute of use every half an hour.",
    lines: "08:00–16:00 1 min (gpu 30, cpu 0.4, 14 GB) then 29 min (14 GB)",
    free: "never",
  },
  {
    name: "compiling for two hours",
    why: "16 cores are no idleness.",
    lines: "08:00–10:00 cpu 16",
    free: "never",
  },
  {
    name: "half a minute of every minute on the CPU",
    why: "0.3 cores on average.",
    lines: "08:00–14:00 30 s (cpu 0.6) then 30 s (nothing)",
    free: "never",
  },
  {
    name: "a search over many short jobs",
    why: "A minute between two of them.",
    lines: "08:00–20:00 4 min (gpu 60, cpu 1, 8 GB) then 1 min (cpu 0.2)",
    free: "never",
  },
  {
    name: "its owner comes after 25 minutes",
    why: "The first half hour is for finding the mail and the key.",
    lines: `
      08:00–08:25 nothing
      08:25–10:00 cpu 0.4, gpu 20`,
    free: "never",
  },
  {
    name: "its owner comes after 89 minutes",
    why: "The timeout counts from the first half hour's end.",
    lines: `
      08:00–09:29 nothing
      09:29–11:00 cpu 0.4, gpu 20`,
    free: "never",
  },
  {
    name: "40 minutes old, under a name that was idle for a day",
    why: "It is another container: DS01 kept idleness by name and stopped the new one at its first look.",
    lines: "08:00–08:40 nothing",
    free: "never",
  },
  {
    name: "a timeout of four hours, a meeting of three",
    why: "Its group may be idle for four hours.",
    idleTimeoutHours: 4,
    lines: `
      08:00–10:00 gpu 80, cpu 1
      10:00–13:00 nothing
      13:00–18:00 gpu 80, cpu 1`,
    free: "never",
  },
  {
    name: "a container without a GPU that does nothing",
    why: "It holds nothing that somebody waits for; its hours end it.",
    holds: "nothing",
    lines: "08:00–28:00 cpu 0.01",
    free: "never",
  },
  {
    name: "Keep, pressed before the hour is over",
    why: "Keep protects for two hours, and then comes somebody.",
    lines: `
      08:00–09:00 gpu 80
      09:00–11:45 nothing
      09:50 Keep
      11:45–13:00 gpu 80`,
    free: "never",
  },
  {
    name: "a container that restarts again and again while it works",
    why: "Each restart begins its counters anew; what was used between is no negative number.",
    lines: `
      08:00–14:00 gpu 0, cpu 2
      09:00 restart
      10:00 restart
      11:00 restart`,
    free: "never",
  },
  {
    name: "training through the night",
    why: "The plainest case.",
    lines: "18:00–32:00 gpu 99, cpu 4, net 1, 39 GB",
    free: "never",
  },
];
