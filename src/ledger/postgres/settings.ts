/** The server's postgresql.conf, written anew at every start, so that what it promises is always so. */
export function serverSettings(sockets: string): string {
  const settings: Record<string, string> = {
    // Nobody on the network, and on this machine only who can enter the folder and knows the password.
    listen_addresses: "",
    unix_socket_directories: listElement(sockets),
    unix_socket_permissions: "0700",
    password_encryption: "scram-sha-256",
    // What the ledger said is so must be so after a power cut.
    fsync: "on",
    synchronous_commit: "on",
    full_page_writes: "on",
    max_connections: "200",
    timezone: "UTC",
    log_timezone: "UTC",
    datestyle: "ISO, YMD",
    // Statements can hold what people typed: they don't belong in a log.
    log_min_error_statement: "panic",
    log_min_messages: "warning",
    log_error_verbosity: "terse",
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'`);
  return `# Written by Berth at every start of the server; changes here are lost.\n${lines.join("\n")}\n`;
}

/** unix_socket_directories is a list: a comma or a space in a path needs quotes. */
function listElement(path: string): string {
  return `"${path.replaceAll('"', '""')}"`;
}
