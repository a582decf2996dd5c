import type { Told } from "../trace.ts";

/** Clocks that are set. The lines go on by a watch that nobody sets; after each jump the bot only looks for a quarter of an hour. */
export const clocks: readonly Told[] = [
  {
    name: "the clock is set forward an hour while it rests",
    why: "An hour that never was is no hour of idleness.",
    lines: `
      07:00–09:00 gpu 80, cpu 1
      09:00–13:00 nothing
      09:30 clock +60 min`,
    free: "10:30–13:00",
    unknown: "09:30–10:24",
  },
  {
    name: "the clock is set forward an hour while it trains",
    why: "It trains.",
    lines: `
      07:00–13:00 gpu 80, cpu 1
      09:30 clock +60 min`,
    free: "never",
  },
  {
    name: "the clock is set forward ten hours while it preprocesses",
    why: "Its device was not idle for eight hours.",
    lines: `
      08:00–13:00 cpu 8
      10:00 clock +600 min`,
    free: "never",
  },
  {
    name: "the clock is set back an hour while it rests",
    why: "What was seen before may have any age now: idleness counts from the jump.",
    lines: `
      06:00–09:00 gpu 80, cpu 1
      09:00–13:00 nothing
      09:30 clock -60 min`,
    free: "10:30–13:00",
    unknown: "09:30–09:45",
  },
  {
    name: "the clock is set back an hour after it was active",
    why: "Its last activity lies ahead of the clock now; the idle hour before it is not the last one.",
    lines: `
      06:00–08:00 gpu 80, cpu 1
      08:00–08:55 nothing
      08:55–09:30 gpu 80, cpu 1
      09:30–13:00 nothing
      09:30 clock -60 min`,
    free: "10:30–13:00",
    unknown: "09:30–09:45",
  },
  {
    name: "the clock is set back an hour while it trains",
    why: "It trains.",
    lines: `
      06:00–13:00 gpu 80, cpu 1
      09:30 clock -60 min`,
    free: "never",
  },
  {
    name: "the clock is set back an hour when it was free on demand",
    why: "From the jump on.",
    lines: `
      06:00–09:00 gpu 80, cpu 1
      09:00–15:00 nothing
      12:00 clock -60 min`,
    free: "10:00–12:00; 13:00–15:00",
    unknown: "12:00–12:15",
  },
  {
    name: "the clock is set back a day",
    why: "It started tomorrow, by the clock as it is now. Nobody knows how old it is, so it is young once more.",
    lines: `
      08:00–09:00 gpu 80, cpu 1
      09:00–15:00 nothing
      11:30 clock -1440 min`,
    free: "10:00–11:30; 13:00–15:00",
  },
  {
    name: "the clock is set back, and then nobody looks for half an hour",
    why: "What was written down by the old clock for these minutes is of no use for them.",
    lines: `
      06:00–09:00 gpu 80, cpu 1
      09:00–10:30 nothing
      10:20 clock -60 min
      10:30–11:00 bot away
      11:00–14:00 nothing`,
    free: "10:00–10:20; 12:00–14:00",
    unknown: "10:20–10:30; 11:00–11:54",
  },
  {
    name: "the clock is set back while the bot is away",
    why: "Nobody saw the jump; that minutes lie ahead of the clock tells it.",
    lines: `
      06:00–08:00 gpu 80, cpu 1
      08:00–08:50 nothing
      08:50–09:30 gpu 80, cpu 1
      09:30–09:45 bot away
      09:45–13:00 nothing
      09:35 clock -60 min`,
    free: "10:45–13:00",
    unknown: "09:45–10:00",
  },
  {
    name: "the clock is set back, and from then on nobody looks",
    why: "The minutes that the clock shows now were written down an hour ago, as others.",
    lines: `
      06:00–09:00 gpu 80, cpu 1
      09:00–10:30 nothing
      10:30–12:00 no samples
      12:00–14:00 nothing
      10:30 clock -60 min`,
    free: "10:00–10:30; 13:00–14:00",
    unknown: "10:30–12:54",
  },
  {
    name: "the clock is set forward and back again",
    why: "From the second jump on; the ten minutes between the two are written down nowhere, and are a sixth of an hour.",
    lines: `
      06:00–09:00 gpu 80, cpu 1
      09:00–13:00 nothing
      09:30 clock +60 min
      09:40 clock -60 min`,
    free: "10:40–13:00",
    unknown: "09:30–10:34",
  },
  {
    name: "a step of less than a minute",
    why: "What a time server does all the time; half a minute more or less is no matter.",
    lines: `
      07:00–09:00 gpu 80, cpu 1
      09:00–13:00 nothing
      09:30 clock +0.5 min`,
    free: "09:59:30–13:00",
  },
  {
    name: "a step of less than a minute, back",
    why: "As the one forward.",
    lines: `
      07:00–09:00 gpu 80, cpu 1
      09:00–13:00 nothing
      09:30 clock -0.5 min`,
    free: "10:00–13:00",
  },
  {
    name: "the night in which summer time ends, at rest",
    why: "The hour that comes twice is two hours: from 00:40 by UTC, an hour.",
    lines: `
      20:00–24:40 gpu 90, cpu 1
      24:40–32:00 nothing`,
    free: "25:40–32:00",
  },
  {
    name: "the night in which summer time ends, at work with pauses",
    why: "A pause of 40 minutes does not become 100.",
    lines: "20:00–32:00 20 min (gpu 90, cpu 1) then 40 min (nothing)",
    free: "never",
  },
];
