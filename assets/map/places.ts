// The places of the layers: points as their files or the API give them, areas as tiles tell.

import type { FeatureCollection, Geometry } from "geojson";
import { type Box, boxOf, positions, touches } from "./extent";
import { fill, type LayerInfo, type Page } from "./page";
import type { Found } from "./work";

/** What a file or the API says of a place (layers/geojson.py: summary). */
interface Summary {
  name: string;
  address: string;
  subtitle: string;
  provenance: string;
}

export interface Place extends Summary {
  id: number;
  layer: LayerInfo;
  kind: string;
  sample: boolean;
  /** Address of its page. */
  url: string;
  /** Its place in the list, over all layers. */
  order: number;
  /** None for what is known from tiles only: it is drawn and searched there. */
  geometry: Geometry | null;
  box: Box;
  /** Where a popup points at (longitude, latitude), where that isn't the middle of the box. */
  anchor?: [number, number];
}

/** More than any id: the order of a place is its layer's, then its own. */
const MOST = 1e13;

/** An answer that says that there is no such file (any more). */
export class Gone extends Error {}

/** Fetch a layer's places, in listing order. Raises where the answer is not a success. */
export async function fetchPlaces(layer: LayerInfo, page: Page): Promise<Place[]> {
  type Collection = FeatureCollection<Geometry, Summary>;
  const collection = await fetchJson<Collection>(layer.features ?? "");
  return collection.features.map(({ id, geometry, properties }, order) => ({
    ...common(layer, page, Number(id), order),
    name: properties.name,
    address: properties.address,
    subtitle: properties.subtitle,
    provenance: properties.provenance,
    geometry,
    box: boxOf(positions(geometry)),
  }));
}

/** Return the place that tiles tell of. It has the name that models.Feature.name_in gives it. */
export function areaPlace({ id, properties, box, anchor }: Found, layer: LayerInfo, page: Page): Place {
  const text = (name: string) => String(properties[name] ?? "");
  const own = (page.language === "en" && text("name_en")) || text("name");
  const { field, classes } = layer.style ?? { field: "", classes: [] };
  const inClass = classes.find(({ value }) => value === text(field));
  return {
    ...common(layer, page, id, id),
    name: own || `${layer.title} ${text("key") || id}`,
    address: "",
    subtitle: [text("sub"), inClass?.title].filter(Boolean).join(" "),
    provenance: "",
    geometry: null,
    box,
    anchor,
  };
}

function common(layer: LayerInfo, page: Page, id: number, order: number) {
  return {
    id,
    layer,
    kind: layer.kind,
    sample: layer.sample,
    url: fill(page.placePage, { id: String(id) }),
    order: page.layers.indexOf(layer) * MOST + order,
  };
}

export async function fetchJson<T>(url: string): Promise<T> {
  const response = await fetch(url, { headers: { accept: "application/json" } });
  if (response.status === 404) throw new Gone(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return (await response.json()) as T;
}

export function isPoint({ geometry }: Place): boolean {
  return geometry?.type === "Point" || geometry?.type === "MultiPoint";
}

/** Return where a popup or a marker of the place stands: latitude, longitude. */
export function middle({ box, anchor }: Place): [number, number] {
  if (anchor) return [anchor[1], anchor[0]];
  return [(box.south + box.north) / 2, (box.west + box.east) / 2];
}

/** Say whether the map shows a place when it shows a box. */
export function inView(place: Place, box: Box): boolean {
  if (place.geometry && !isPoint(place)) return touches(place.geometry, box);
  const { west, south, east, north } = place.box;
  const [x, y] = [(west + east) / 2, (south + north) / 2];
  return box.west <= x && x <= box.east && box.south <= y && y <= box.north;
}
