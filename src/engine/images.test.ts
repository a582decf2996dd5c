import { expect, test } from "vitest";
import { loginFor } from "./build-session.ts";
import { readDisk } from "./images.ts";

const images = [
  {
    Id: "sha256:aa",
    RepoTags: ["ds01-ana/vision:latest"],
    Size: 500,
    SharedSize: 300,
    Labels: { "berth.build": "7" },
    Created: 1_795_494_995,
    Containers: -1,
  },
  { Id: "sha256:bb", RepoTags: ["<none>:<none>"], Size: 50, SharedSize: -1, Labels: null, Created: 0 },
];
const containers = [
  { Id: "c1", ImageID: "sha256:aa", Names: ["/vision._.ana"], SizeRw: 12 },
  { Id: "c2", ImageID: "sha256:aa", Names: ["/other._.ben"] },
];
const cache = [
  { Size: 5, InUse: true, Shared: false },
  { Size: 7, InUse: false, Shared: false },
  { Size: 100, InUse: false, Shared: true },
];
const asRead = {
  images: [
    {
      id: "sha256:aa",
      refs: ["ds01-ana/vision:latest"],
      bytes: 500,
      sharedBytes: 300,
      labels: { "berth.build": "7" },
      createdAt: new Date(1_795_494_995_000),
      containers: 2,
    },
    {
      id: "sha256:bb",
      refs: [],
      bytes: 50,
      sharedBytes: 0,
      labels: {},
      createdAt: new Date(0),
      containers: 0,
    },
  ],
  containers: [
    { id: "c1", name: "vision._.ana", layerBytes: 12 },
    { id: "c2", name: "other._.ben", layerBytes: 0 },
  ],
  buildCacheBytes: 12,
  buildCacheUnusedBytes: 7,
};

test("the engine's figures are read in the form of old engines and of new ones", () => {
  expect(readDisk({ LayersSize: 1, Images: images, Containers: containers, BuildCache: cache })).toEqual(
    asRead,
  );
  expect(
    readDisk({
      ImageUsage: { TotalSize: 1, Items: images },
      ContainerUsage: { Items: containers },
      BuildCacheUsage: { Items: cache },
    }),
  ).toEqual(asRead);
  const nothing = { images: [], containers: [], buildCacheBytes: 0, buildCacheUnusedBytes: 0 };
  expect(readDisk({ Images: null, Containers: [], BuildCache: null })).toEqual(nothing);
});

test("a login is for its own registry; Docker Hub has several names", () => {
  const logins = {
    "docker.io": { username: "lab", password: "1" },
    "nvcr.io": { username: "$oauthtoken", password: "2" },
  };
  expect(loginFor(logins, "registry-1.docker.io")?.password).toBe("1");
  expect(loginFor(logins, "index.docker.io")?.password).toBe("1");
  expect(loginFor(logins, "nvcr.io")?.password).toBe("2");
  for (const host of ["evil.example", "nvcr.io.evil.example", "docker.io:5000", "", "constructor"])
    expect(loginFor(logins, host)).toBeUndefined();
});
