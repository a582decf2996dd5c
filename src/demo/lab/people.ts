/** The lab of the demo workspace: everybody but the newcomer is a member already. */
export type LabPerson = {
  id: string;
  name: string;
  realName: string;
  title: string;
  color: string;
  tz: string;
  /** Undefined: not known to Berth yet. */
  group?: "student" | "researcher" | "admin";
};

export const people: readonly LabPerson[] = [
  {
    id: "U0ANA",
    name: "ana",
    realName: "Ana",
    title: "student",
    color: "#4a7bd0",
    tz: "Europe/Berlin",
    group: "student",
  },
  {
    id: "U0BEN",
    name: "ben",
    realName: "Ben",
    title: "student",
    color: "#3f9b6c",
    tz: "Europe/Berlin",
    group: "student",
  },
  {
    id: "U0CHLOE",
    name: "chloe",
    realName: "Chloe",
    title: "researcher",
    color: "#b3568f",
    tz: "Europe/Paris",
    group: "researcher",
  },
  {
    id: "U0DMITRI",
    name: "dmitri",
    realName: "Dmitri",
    title: "admin of the server",
    color: "#c07a2c",
    tz: "Europe/Berlin",
    group: "admin",
  },
  {
    id: "U0EVE",
    name: "eve",
    realName: "Eve",
    title: "started on Monday",
    color: "#7a63c4",
    tz: "America/Los_Angeles",
  },
];

export const admin = "U0DMITRI";
export const adminChannel = "C0ADMINS";
/** The board stands there. */
export const boardChannel = "C0GPUS";

export const channels = [
  { id: "C0GENERAL", name: "general", topic: "The lab", members: "all" as const, hasApp: true },
  { id: boardChannel, name: "gpus", topic: "Who has which GPU", members: "all" as const, hasApp: true },
  {
    id: adminChannel,
    name: "berth-admins",
    topic: "What Berth wants its admins to know",
    isPrivate: true,
    members: [admin],
    hasApp: true,
  },
];
