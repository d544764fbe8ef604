// The places of the layers, as the API gives them.

import type { FeatureCollection, Geometry } from "geojson";
import { type Box, boxOf, contains, positions, touches } from "./extent";
import type { LayerInfo } from "./page";

/** What the API says of a place (layers/geojson.py: summary). */
interface Summary {
  name: string;
  kana: string;
  subtitle: string;
  address: string;
  url: string;
  kind: string;
  sample: boolean;
  provenance: string;
}

export interface Place extends Summary {
  id: number;
  layer: LayerInfo;
  /** Its place in the list, over all layers. */
  order: number;
  geometry: Geometry;
  box: Box;
}

/** Fetch a layer's places, in listing order; the first gets the order `first`. Raises where the answer is not a success. */
export async function fetchPlaces(layer: LayerInfo, first: number): Promise<Place[]> {
  const collection = await fetchJson<FeatureCollection<Geometry, Summary>>(layer.features);
  return collection.features.map(({ id, geometry, properties }, order) => ({
    ...properties,
    id: Number(id),
    layer,
    order: first + order,
    geometry,
    box: boxOf(positions(geometry)),
  }));
}

export async function fetchJson<T>(url: string): Promise<T> {
  const response = await fetch(url, { headers: { accept: "application/json" } });
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return (await response.json()) as T;
}

export function isPoint(place: Place): boolean {
  return place.geometry.type === "Point" || place.geometry.type === "MultiPoint";
}

/** Return where a popup or a marker of the place stands: latitude, longitude. */
export function middle({ box }: Place): [number, number] {
  return [(box.south + box.north) / 2, (box.west + box.east) / 2];
}

/** Say whether the map shows a place when it shows a box. */
export function inView(place: Place, box: Box): boolean {
  if (!isPoint(place)) return touches(place.geometry, box);
  const [latitude, longitude] = middle(place);
  return contains(box, [longitude, latitude]);
}
