// What the server says to the scripts of the importers' screens (importers/views/maps.py).

import { type BaseMap, part } from "../map/page";

export interface MapPage {
  language: string;
  base: BaseMap | null;
  /** West, south, east, north of the city, in degrees. */
  city: [number, number, number, number];
  boundary: string;
  /** Address of what is to be drawn. */
  features: string;
  words: { moved: string; old: string; new: string; added: string; removed: string };
}

export function readMapPage(): MapPage {
  return JSON.parse(part("map-page").textContent ?? "") as MapPage;
}

/** Return the element with an id, or null: a page has only some of them. */
export function maybe<T extends HTMLElement = HTMLElement>(id: string): T | null {
  return document.getElementById(id) as T | null;
}

export async function fetchJson<T>(url: string): Promise<T> {
  const answer = await fetch(url, { credentials: "same-origin" });
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return (await answer.json()) as T;
}
