import { expect, test } from "vitest";
import { parseListening } from "./ports.ts";

test("listening sockets are told whatever their address, connections are not", () => {
  const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
   1: 0100007F:0050 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 2 1 0 20 4 30 10 -1
  10: 00000000000000000000000000000000:55F0 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000  0  0 3 1 0 100 0 0 10 0
`;
  expect(parseListening(table)).toEqual([8080, 22000]);
});
