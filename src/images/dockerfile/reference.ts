/** The name of an image as an engine understands it: `python` is `docker.io/library/python`, tag `latest`. */
export type Reference = { repository: string; tag: string | undefined; digest: string | undefined };

/** `undefined`: it is no name of an image, or has letters in it that none has. */
export function readReference(text: string): Reference | undefined {
  const parts =
    /^([a-zA-Z0-9][a-zA-Z0-9._:/-]*?)(?::([A-Za-z0-9_][A-Za-z0-9._-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$/.exec(
      text,
    );
  const [, name, tag, digest] = parts ?? [];
  if (name === undefined || text.length > 400) return undefined;
  const [first = "", ...rest] = name.split("/");
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === "localhost");
  if (isHost && !/^[a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?(:\d{1,5})?$/.test(first)) return undefined;
  const path = isHost ? rest : [first, ...rest];
  const component = /^[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*$/;
  if (!path.every((one) => component.test(one))) return undefined;
  const host = isHost
    ? first.toLowerCase().replace(/^(index\.docker\.io|registry-1\.docker\.io)$/, "docker.io")
    : "docker.io";
  const official = host === "docker.io" && path.length === 1 ? ["library", ...path] : path;
  return { repository: [host, ...official].join("/"), tag, digest };
}
