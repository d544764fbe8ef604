// The address says what the map shows, so that it can be sent, kept and printed. The page is the same
// for every address: it is read here, by the rules of the server (gis_portal/portal/listing.py).

import type { Page, State, View } from "./page";

const WAIT_MS = 200;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const MOST_ZOOM = 22;

/** Read an address's query. What can't be read is as if it weren't there. */
export function read(search: string, { layers, baseMaps, usual }: Page): State {
  const asked = new URLSearchParams(search);
  const slugs = asked.has("layers")
    ? asked.getAll("layers").flatMap((value) => value.split(","))
    : usual.layers;
  const base = asked.get("base") ?? "";
  const feature = asked.get("feature") ?? "";
  return {
    at: readView(asked.get("at") ?? ""),
    layers: layers.map(({ slug }) => slug).filter((slug) => slugs.includes(slug)),
    base: baseMaps.some(({ id }) => id === base) ? base : usual.base,
    feature: /^\d{1,15}$/.test(feature) ? Number(feature) : null,
  };
}

function readView(text: string): View | null {
  const parts = text.split(",").map((part) => part.trim());
  if (parts.length !== 3 || !parts.every((part) => NUMBER.test(part))) return null;
  const [latitude = NaN, longitude = NaN, exact = NaN] = parts.map(Number);
  const zoom = Math.trunc(exact);
  const onEarth = Math.abs(latitude) <= 85 && Math.abs(longitude) <= 180;
  return onEarth && zoom >= 0 && zoom <= MOST_ZOOM ? { latitude, longitude, zoom } : null;
}

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

/** Let the links to the same page in other languages carry a query. */
export function carry(search: string): void {
  for (const link of document.querySelectorAll<HTMLAnchorElement>("a[hreflang]")) {
    link.search = search;
  }
}

let waiting: number | undefined;

/** Write the query into the address and into the links to the same page in other languages. */
export function write(search: string): void {
  window.clearTimeout(waiting);
  waiting = window.setTimeout(() => {
    history.replaceState(null, "", location.pathname + search);
    carry(search);
  }, WAIT_MS);
}
