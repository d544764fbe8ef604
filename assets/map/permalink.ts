// The address says what the map shows, so that it can be sent, kept and printed.
// The server reads it (gis_portal/portal/listing.py); this writes it.

import type { State } from "./page";

const WAIT_MS = 200;

/** Return the query for a state; what is as usual is left out. */
export function query(state: State, usual: { layers: string[]; base: string }): string {
  const parts: string[] = [];
  const { at, layers, base, feature } = state;
  if (at) {
    const degrees = (value: number) => String(Number(value.toFixed(5)));
    parts.push(`at=${degrees(at.latitude)},${degrees(at.longitude)},${at.zoom}`);
  }
  if (layers.join() !== usual.layers.join()) parts.push(`layers=${layers.join(",")}`);
  if (base !== usual.base) parts.push(`base=${base}`);
  if (feature !== null) parts.push(`feature=${feature}`);
  return parts.length ? `?${parts.join("&")}` : "";
}

let waiting: number | undefined;

/** Write the query into the address and into the links to the same page in other languages. */
export function write(search: string): void {
  window.clearTimeout(waiting);
  waiting = window.setTimeout(() => {
    history.replaceState(null, "", location.pathname + search);
    for (const link of document.querySelectorAll<HTMLAnchorElement>("a[hreflang]")) {
      link.search = search;
    }
  }, WAIT_MS);
}
