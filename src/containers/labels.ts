import { z } from "zod";

/** What every engine container of ours carries, enough to write it down again if the ledger lost it. */
export type Labels = {
  container: number;
  run: number;
  memberId: number;
  projectId: number;
  /** Of the SSH alias. */
  aliasId: string;
  slackUser: string;
  handle: string;
  uid: number;
  project: string;
  port: number;
  image: string;
  devices: string[];
  grantedAt: Date;
};

const labelsSchema = z.object({
  "berth.container": z.coerce.number().int().positive(),
  "berth.run": z.coerce.number().int().positive(),
  "berth.member_id": z.coerce.number().int().positive(),
  "berth.project_id": z.coerce.number().int().positive(),
  "berth.alias": z.string().min(1),
  "berth.member": z.string().min(1),
  "berth.handle": z.string().min(1),
  "berth.uid": z.coerce.number().int().positive(),
  "berth.project": z.string().min(1),
  "berth.port": z.coerce.number().int().positive(),
  "berth.image": z.string(),
  "berth.devices": z.string(),
  "berth.granted_at": z.iso.datetime(),
});

export function writeLabels(instance: string, labels: Labels): Record<string, string> {
  return {
    "berth.instance": instance,
    "berth.container": String(labels.container),
    "berth.run": String(labels.run),
    "berth.member_id": String(labels.memberId),
    "berth.project_id": String(labels.projectId),
    "berth.alias": labels.aliasId,
    "berth.member": labels.slackUser,
    "berth.handle": labels.handle,
    "berth.uid": String(labels.uid),
    "berth.project": labels.project,
    "berth.port": String(labels.port),
    "berth.image": labels.image,
    "berth.devices": labels.devices.join(","),
    "berth.granted_at": labels.grantedAt.toISOString(),
  };
}

/** `undefined` if any of them is missing or makes no sense. */
export function readLabels(labels: Record<string, string>): Labels | undefined {
  const read = labelsSchema.safeParse(labels);
  if (!read.success) return undefined;
  return {
    container: read.data["berth.container"],
    run: read.data["berth.run"],
    memberId: read.data["berth.member_id"],
    projectId: read.data["berth.project_id"],
    aliasId: read.data["berth.alias"],
    slackUser: read.data["berth.member"],
    handle: read.data["berth.handle"],
    uid: read.data["berth.uid"],
    project: read.data["berth.project"],
    port: read.data["berth.port"],
    image: read.data["berth.image"],
    devices: read.data["berth.devices"].split(",").filter((id) => id !== ""),
    grantedAt: new Date(read.data["berth.granted_at"]),
  };
}
