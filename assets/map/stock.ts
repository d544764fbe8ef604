// The places of the layers that are switched on: what was fetched, and what tiles hold of the view.

import type { Geometry } from "geojson";
import type { Areas } from "./areas";
import { type Box, boxOf, isAt, positions } from "./extent";
import { lookOf } from "./look";
import type { Published } from "./manifest";
import { fill, type LayerInfo, type Page } from "./page";
import {
  areaPlace, fetchJson, fetchPlaces, Gone, inView, isPoint, middle, type Place,
} from "./places";

/** More areas than this in view are not listed: nobody reads them, and the map shows them. */
export const MOST_LISTED = 2000;
/** Pixels within which a line is pointed at, and half a finger for a point. */
const REACH = 10;
const REACH_POINT = 22;

export interface Seen {
  /** In the order of the list. */
  places: Place[];
  /** Layers with too many areas in view to list. */
  many: LayerInfo[];
  /** Something could not be had. */
  missing: boolean;
}

export class Stock {
  readonly #loaded = new Map<string, Place[]>();
  readonly shown: Set<string>;

  constructor(
    private readonly page: Page,
    private readonly areas: Areas,
    private readonly published: Published,
    slugs: string[],
  ) {
    this.shown = new Set(slugs);
  }

  /** The layers that are switched on, in the order of the list. */
  get layers(): LayerInfo[] {
    return this.page.layers.filter(({ slug }) => this.shown.has(slug));
  }

  get tiled(): LayerInfo[] {
    return this.layers.filter(({ tiles }) => tiles);
  }

  /** The places that are here in whole (not those of tiles), in the order of the list. */
  get places(): Place[] {
    return this.layers.flatMap(({ slug, tiles }) => (tiles ? [] : (this.#loaded.get(slug) ?? [])));
  }

  of(layer: LayerInfo): Place[] {
    return layer.tiles ? [] : (this.#loaded.get(layer.slug) ?? []);
  }

  /** Have ready what layers need, if it isn't. Rejects when something can't be had; the rest is there. */
  async load(layers: LayerInfo[]): Promise<void> {
    const all = await Promise.allSettled(layers.map((layer) => this.#load(layer)));
    const failed = all.find((each) => each.status === "rejected");
    if (failed) throw failed.reason;
  }

  async #load(layer: LayerInfo): Promise<void> {
    if (this.#loaded.has(layer.slug)) return;
    if (layer.tiles) {
      this.areas.use(layer.slug, layer.tiles);
      this.areas.look(layer.slug, lookOf(layer));
      this.#loaded.set(layer.slug, []);
      return;
    }
    const address = layer.features ?? "";
    try {
      this.#loaded.set(layer.slug, await fetchPlaces(layer, this.page));
    } catch (error) {
      const anew =
        error instanceof Gone &&
        (await this.published.whyGone(address, () => layer.features)) === "anew";
      if (!anew) throw error;
      this.#loaded.set(layer.slug, await fetchPlaces(layer, this.page));
    }
  }

  /** Layers were published anew: what is here of them is old. Returns those that are switched on. */
  drop(layers: LayerInfo[]): LayerInfo[] {
    for (const { slug } of layers) this.#loaded.delete(slug);
    return layers.filter(({ slug }) => this.shown.has(slug));
  }

  /** Tell the worker the colours of today. */
  recolour(): void {
    for (const layer of this.page.layers) {
      if (layer.tiles && this.#loaded.has(layer.slug)) this.areas.look(layer.slug, lookOf(layer));
    }
  }

  /** What is in a box without asking anybody: everything but the areas of tiles. */
  known(box: Box): Place[] {
    return this.places.filter((place) => inView(place, box));
  }

  /** Everything that is in a box. */
  async inView(box: Box, zoom: number, signal: AbortSignal): Promise<Seen> {
    const many: LayerInfo[] = [];
    let missing = false;
    const parts = this.layers.map(async (layer) => {
      if (!layer.tiles) return this.of(layer).filter((place) => inView(place, box));
      if (!this.#loaded.has(layer.slug)) return [];
      const ask = { slug: layer.slug, box, zoom, most: MOST_LISTED };
      const seen = await this.areas.ask("inView", ask, signal);
      if (seen.many) many.push(layer);
      missing ||= seen.missing > 0;
      return seen.found.map((found) => areaPlace(found, layer, this.page));
    });
    return { places: (await Promise.all(parts)).flat(), many, missing };
  }

  /** The lines and areas at a spot; with `points`, the points near it as well. */
  async at(
    [latitude, longitude]: [number, number],
    zoom: number,
    pixel: number,
    points: boolean,
  ): Promise<Place[]> {
    const across = Math.cos((latitude * Math.PI) / 180);
    const isHere = (place: Place): boolean => {
      if (!isPoint(place)) {
        return place.geometry !== null && isAt(place.geometry, [longitude, latitude], REACH * pixel);
      }
      const [lat, lon] = middle(place);
      const away = Math.hypot(lon - longitude, (lat - latitude) / across);
      return points && away <= REACH_POINT * pixel;
    };
    const parts = this.layers.map(async (layer) => {
      if (!layer.tiles) return this.of(layer).filter(isHere);
      const ask = { slug: layer.slug, latitude, longitude, zoom, reach: REACH };
      const found = await this.areas.ask("at", ask).catch(() => []);
      return found.map((each) => areaPlace(each, layer, this.page));
    });
    return (await Promise.all(parts)).flat();
  }

  /** Find a place that is not in view: in the files of all layers of points, else by the API. */
  async find(id: number): Promise<Place | undefined> {
    const here = () =>
      [...this.#loaded.values()].flat().find((place) => place.id === id);
    if (here()) return here();
    await this.load(this.page.layers.filter(({ tiles }) => !tiles)).catch(() => undefined);
    if (here()) return here();
    if (!this.page.layers.some(({ tiles }) => tiles)) return undefined;
    interface Answer {
      geometry: Geometry;
      properties: { layer: string; name: string; subtitle: string };
    }
    const url = fill(this.page.placeApi, { id: String(id) });
    const answer = await fetchJson<Answer>(url).catch(() => null);
    const layer = this.page.layers.find(({ slug }) => slug === answer?.properties.layer);
    if (!answer || !layer) return undefined;
    const { name, subtitle: sub } = answer.properties;
    const box = boxOf(positions(answer.geometry));
    const middle: [number, number] = [(box.west + box.east) / 2, (box.south + box.north) / 2];
    return areaPlace({ id, properties: { name, sub }, box, anchor: middle }, layer, this.page);
  }
}
