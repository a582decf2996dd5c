/**
 * Who one is and where one looks, kept behind the # of the address, so that every tab may be another person and
 * going back works: `#/U123/C456`, `#/U123/home`, `#/U123/about`.
 */

import { useCallback, useEffect, useState } from "preact/hooks";

/** @typedef {{userId: string, where: string}} Address */

/** @returns {[Address, (address: Address) => void]} */
export function useAddress() {
  const [address, setAddress] = useState(readAddress);
  useEffect(() => {
    const follow = () => setAddress(readAddress());
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  const go = useCallback((/** @type {Address} */ to) => {
    location.hash = addressOf(to);
  }, []);
  return [address, go];
}

/** @param {Address} to */
export function addressOf({ userId, where }) {
  return `#/${encodeURIComponent(userId)}/${encodeURIComponent(where)}`;
}

/** @returns {Address} */
function readAddress() {
  const [, userId = "", where = ""] = location.hash.split("/");
  return { userId: decoded(userId), where: decoded(where) };
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}
