/** The page's few line drawings, on a grid of 20 by 20. */

import { html } from "htm/preact";

const paths = {
  hash: "M7.500 3 5.500 17M14.500 3l-2 14M3.500 7.500h14M2.500 12.500h14",
  lock: "M5 9h10v8H5zM7 9V6.500a3 3 0 0 1 6 0V9",
  chevron: "m5.500 7.500 4.500 4.500 4.500-4.500",
  cross: "m5 5 10 10M15 5 5 15",
  back: "M12.500 4 6.500 10l6 6",
  dots: "M4.500 10h.01M10 10h.01M15.500 10h.01",
  send: "M3 4.500v4.200l7 1.300-7 1.300v4.200L17.500 10z",
  copy: "M7 7h9v9H7zM13 4H4v9",
  check: "m4 10.500 4 4L16 6",
  pin: "M12 3l5 5-3.500 1-3 3-.5 4-6-6 4-.5 3-3zM7 13l-4 4",
  warning: "M10 3 1.800 17h16.400zM10 8v4M10 14.500h.01",
  eye: "M1.800 10S5 4.500 10 4.500 18.200 10 18.200 10 15 15.500 10 15.500 1.800 10 1.800 10zM10 12.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5z",
  people:
    "M7.500 9.500a2.800 2.800 0 1 0 0-5.500 2.800 2.800 0 0 0 0 5.500zM2 16.500c.4-3 2.500-5 5.500-5s5.100 2 5.500 5M13.500 4.300a2.700 2.700 0 0 1 0 5M15 11.800c1.800.7 2.800 2.400 3 4.700",
  file: "M5 2.500h6.500L15 6v11.500H5zM11 2.500V6.500h4",
  search: "M8.500 14a5.500 5.500 0 1 0 0-11 5.500 5.500 0 0 0 0 11zM12.500 12.500 17 17",
  key: "M7 13.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM10.500 10H18v3.500M14.500 10v2.500",
  menu: "M3 5.500h14M3 10h14M3 14.500h14",
};

/** @typedef {keyof typeof paths} SignName */

/** @param {{name: SignName}} props */
export function Sign({ name }) {
  return html`<svg class="sign" viewBox="0 0 20 20" aria-hidden="true"><path d=${paths[name]} /></svg>`;
}
