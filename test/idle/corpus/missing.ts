import type { Told } from "../trace.ts";

/** What was not seen is neither work nor idleness. */
export const missing: readonly Told[] = [
  {
    name: "a minute without a reading",
    why: "59 of 60 minutes are known.",
    lines: `
      08:00–09:00 gpu 80, cpu 1
      09:00–09:30 nothing
      09:30–09:31 no reading
      09:31–12:00 nothing`,
    free: "10:00–12:00",
  },
  {
    name: "five minutes without a reading",
    why: "55 of 60 minutes are known, and the gap is not longer than five.",
    lines: `
      08:00–09:00 gpu 80, cpu 1
      09:00–09:20 nothing
      09:20–09:25 no reading
      09:25–12:00 nothing`,
    free: "10:00–12:00",
  },
  {
    name: "five minutes in which nobody looked",
    why: "As five minutes without a reading.",
    lines: `
      08:00–09:00 gpu 80, cpu 1
      09:00–09:20 nothing
      09:20–09:25 no samples
      09:25–12:00 nothing`,
    free: "10:00–12:00",
  },
  {
    name: "six minutes without a reading",
    why: "A gap longer than five minutes may hide a run: idleness counts from its end.",
    lines: `
      08:00–09:00 gpu 80, cpu 1
      09:00–09:20 nothing
      09:20–09:26 no reading
      09:26–12:00 nothing`,
    free: "10:26–12:00",
  },
  {
    name: "an hour without a reading",
    why: "Idleness counts from the gap's end, and until then most of the hour is unknown.",
    lines: `
      08:00–09:00 gpu 80, cpu 1
      09:00–09:20 nothing
      09:20–10:20 no reading
      10:20–13:00 nothing`,
    free: "11:20–13:00",
    unknown: "09:26–11:14",
  },
  {
    name: "an hour without a reading while it trains",
    why: "A gap in work is no idleness, neither in it nor after it.",
    lines: `
      08:00–10:00 gpu 90, cpu 1
      10:00–11:00 no reading
      11:00–13:00 gpu 90, cpu 1`,
    free: "never",
    unknown: "10:05–11:00",
  },
  {
    name: "five minutes without a reading while it trains",
    why: "Five minutes say nothing.",
    lines: `
      08:00–10:00 gpu 90, cpu 1
      10:00–10:05 no reading
      10:05–13:00 gpu 90, cpu 1`,
    free: "never",
  },
  {
    name: "the readings end and never come back",
    why: "Nothing is concluded from silence, however long.",
    lines: `
      08:00–09:00 gpu 80, cpu 1
      09:00–09:30 nothing
      09:30–15:00 no samples`,
    free: "never",
    unknown: "09:36–15:00",
  },
  {
    name: "free on demand, and then the readings end",
    why: "What was a mark is none any more once more than a tenth of its hour is unknown.",
    lines: `
      08:00–09:00 gpu 80, cpu 1
      09:00–11:00 nothing
      11:00–13:00 no reading
      13:00–15:00 nothing`,
    free: "10:00–11:05; 14:00–15:00",
    unknown: "11:06–13:54",
  },
  {
    name: "not one reading from start to end",
    why: "There is nothing to judge by.",
    lines: "08:00–14:00 no reading",
    free: "never",
    unknown: "08:30–14:00",
  },
  {
    name: "the GPU can't be read for three hours and the CPU rests",
    why: "It may compute all that time.",
    lines: `
      08:00–09:00 gpu 80, cpu 1
      09:00–12:00 no gpu
      12:00–15:00 nothing`,
    free: "13:00–15:00",
    unknown: "09:06–12:54",
  },
  {
    name: "the GPU can't be read and the CPU works",
    why: "One sign of life is enough.",
    lines: "08:00–14:00 no gpu, cpu 2",
    free: "never",
  },
  {
    name: "the CPU can't be read and the GPU rests",
    why: "It may preprocess all day.",
    lines: "08:00–14:00 no cpu",
    free: "never",
    unknown: "08:30–14:00",
  },
  {
    name: "the CPU can't be read and the GPU works",
    why: "One sign of life is enough.",
    lines: "08:00–14:00 no cpu, gpu 60",
    free: "never",
  },
  {
    name: "the network can't be read and all else rests",
    why: "It may download all day.",
    lines: "08:00–14:00 no net",
    free: "never",
    unknown: "08:30–14:00",
  },
  {
    name: "the network can't be read, and the device rests for eight hours",
    why: "A download would not save a device that did nothing for so long, so it need not be known.",
    lines: "08:00–18:00 no net, cpu 0.1",
    free: "16:30–18:00 since 08:30",
    unknown: "08:30–16:30",
  },
  {
    name: "one minute of ten is missing",
    why: "Nine tenths are known: just enough.",
    lines: `
      08:00–09:00 gpu 80, cpu 1
      09:00–13:00 9 min (nothing) then 1 min (no reading)`,
    free: "10:00–13:00",
  },
  {
    name: "one minute of five is missing",
    why: "Eight tenths are too little to say anything, all day long.",
    lines: `
      08:00–09:00 gpu 80, cpu 1
      09:00–13:00 4 min (nothing) then 1 min (no reading)`,
    free: "never",
    unknown: "09:35–13:00",
  },
  {
    name: "every second sample is missing",
    why: "Each minute still has two of its four, and counters count on between them.",
    lines: `
      08:00–09:00 gpu 80, cpu 1
      09:00–13:00 20 s (nothing) then 10 s (no reading)`,
    free: "10:00–13:00",
  },
  {
    name: "every second sample is missing while it downloads",
    why: "What came between two samples is counted.",
    lines: "08:00–14:00 20 s (net 20) then 10 s (no reading)",
    free: "never",
  },
  {
    name: "one of two GPUs can't be read, and the other rests",
    why: "The one that nobody sees may work.",
    holds: "2 GPUs",
    lines: "08:00–14:00 gpu 0/?",
    free: "never",
    unknown: "08:30–14:00",
  },
  {
    name: "one of two GPUs can't be read, and the other works",
    why: "Any of its devices is enough.",
    holds: "2 GPUs",
    lines: "08:00–14:00 gpu 80/?",
    free: "never",
  },
  {
    name: "the bot is away for three hours, and it works all the time",
    why: "That nobody looked is no idleness.",
    lines: `
      08:00–10:00 gpu 90, cpu 1
      10:00–13:00 bot away
      13:00–15:00 gpu 90, cpu 1`,
    free: "never",
  },
  {
    name: "the bot is away for three hours, and it rests before and after",
    why: "It may have worked between: idleness counts from when somebody looked again.",
    lines: `
      08:00–09:00 gpu 80, cpu 1
      09:00–10:30 nothing
      10:30–13:30 bot away
      13:30–16:00 nothing`,
    free: "10:00–10:30; 14:30–16:00",
    unknown: "13:30–14:24",
  },
  {
    name: "the bot is away for three hours, in which a job ends",
    why: "Nobody saw when.",
    lines: `
      08:00–10:00 gpu 90, cpu 1
      10:00–13:00 bot away
      13:00–16:00 nothing`,
    free: "14:00–16:00",
    unknown: "13:00–13:54",
  },
  {
    name: "the bot starts anew while it is free on demand",
    why: "For a quarter of an hour it only looks; a minute unseen takes nothing from what is known.",
    lines: `
      08:00–09:00 gpu 80, cpu 1
      09:00–13:00 nothing
      11:00 bot restart`,
    free: "10:00–11:00; 11:15–13:00 since 09:00",
    unknown: "11:00–11:15",
  },
  {
    name: "a bot that starts anew every ten minutes",
    why: "It never settles.",
    lines: `
      08:00–09:25 gpu 80, cpu 1
      09:25–11:00 nothing
      09:30 bot restart
      09:40 bot restart
      09:50 bot restart
      10:00 bot restart
      10:10 bot restart
      10:20 bot restart
      10:30 bot restart
      10:40 bot restart
      10:50 bot restart`,
    free: "never",
    unknown: "09:30–11:00",
  },
  {
    name: "paused by an admin for two hours",
    why: "What is frozen can't show whether it is needed.",
    lines: `
      08:00–09:00 gpu 80, cpu 1
      09:00–11:00 paused: no reading
      11:00–13:00 gpu 80, cpu 1`,
    free: "never",
    unknown: "09:05–11:00",
  },
  {
    name: "CPU-only work, and an hour of it without a reading of the GPU",
    why: "The eight hours count from the gap's end.",
    lines: `
      08:00–12:00 cpu 8
      12:00–13:00 cpu 8, no gpu
      13:00–23:00 cpu 8`,
    free: "21:00–23:00 since 13:00",
  },
  {
    name: "its counters begin anew while it rests",
    why: "A container that was started again is young again: half an hour, and then the hour.",
    lines: `
      08:00–09:00 gpu 80, cpu 1
      09:00–16:00 nothing
      12:00 restart`,
    free: "10:00–12:00; 13:30–16:00",
  },
  {
    name: "its counters begin anew while it works on the CPU",
    why: "A counter that is smaller than before is no work undone.",
    lines: `
      08:00–15:00 cpu 2, net 10
      12:00 restart`,
    free: "never",
  },
];
