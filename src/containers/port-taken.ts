/**
 * What hinders a start whose port somebody else has, for its owner. An engine that is killed in the middle of a start may hold the port
 * itself from then on, with nothing that uses it, until it is started once more (seen with Docker 20.10).
 */
export function portTaken(port: number | null): string {
  return `${begins} ${port}; as soon as it is free this goes on. An admin can free it.`;
}

export function isPortTaken(trouble: string): boolean {
  return trouble.startsWith(begins);
}

const begins = "Something else on the server uses port";
