import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from "@grpc/grpc-js";
import protobuf from "protobufjs";
import type { RegistryLogins } from "./build.ts";
import type { Call } from "./call.ts";

/** What a build may ask back while it runs: how to sign in to a registry, and nothing else. */
export type BuildSession = { id: string; close(): void };

/**
 * Opens one under a name of its own. `undefined`: this engine has none; its builds reach what is open to everyone. Each registry is told its own
 * login and nobody else's.
 */
export async function openSession(
  call: Call,
  id: string,
  logins: RegistryLogins,
): Promise<BuildSession | undefined> {
  const socket = await call.talk({
    method: "POST",
    path: "/session",
    headers: {
      Connection: "Upgrade",
      Upgrade: "h2c",
      "X-Docker-Expose-Session-Uuid": id,
      "X-Docker-Expose-Session-Name": "berth",
      "X-Docker-Expose-Session-Grpc-Method": credentialsPath,
    },
    limitMs: 30_000,
  });
  if (socket === "gone") return undefined;
  socket.on("error", () => {});
  const server = new Server();
  server.addService(
    { Credentials: method(credentialsPath, "Ask", "Login") },
    {
      Credentials({ request }: ServerUnaryCall<{ Host: string }, object>, answer: sendUnaryData<object>) {
        const login = loginFor(logins, request.Host);
        answer(null, login ? { Username: login.username, Secret: login.password } : {});
      },
    },
  );
  // Without an answer to this BuildKit takes the session for dead.
  server.addService(
    { Check: method("/grpc.health.v1.Health/Check", "Anything", "Health") },
    { Check: (_call: unknown, answer: sendUnaryData<object>) => answer(null, { status: 1 }) },
  );
  server.createConnectionInjector(ServerCredentials.createInsecure()).injectConnection(socket);
  return {
    id,
    close() {
      server.forceShutdown();
      socket.destroy();
    },
  };
}

/** BuildKit names Docker Hub by the machine that it asks. */
export function loginFor(logins: RegistryLogins, host: string): RegistryLogins[string] | undefined {
  const name = (one: string) => (hub.has(one) ? "docker.io" : one);
  const found = Object.keys(logins).find((one) => name(one) === name(host));
  return found === undefined ? undefined : logins[found];
}

const hub = new Set(["docker.io", "index.docker.io", "registry-1.docker.io"]);

const credentialsPath = "/moby.filesync.v1.Auth/Credentials";

function method(path: string, asked: string, answered: string) {
  const [ask, answer] = [messages.lookupType(asked), messages.lookupType(answered)];
  const writer = (type: protobuf.Type) => (value: object) => Buffer.from(type.encode(value).finish());
  const reader = (type: protobuf.Type) => (bytes: Buffer) =>
    type.toObject(type.decode(bytes), { defaults: true });
  return {
    path,
    requestStream: false,
    responseStream: false,
    requestSerialize: writer(ask),
    requestDeserialize: reader(ask),
    responseSerialize: writer(answer),
    responseDeserialize: reader(answer),
  } as const;
}

const messages = protobuf.Root.fromJSON({
  nested: {
    Anything: { fields: {} },
    Health: { fields: { status: { type: "int32", id: 1 } } },
    Ask: { fields: { Host: { type: "string", id: 1 } } },
    Login: { fields: { Username: { type: "string", id: 1 }, Secret: { type: "string", id: 2 } } },
  },
});
