// With board-areas.ts and board-places.ts the only module that knows Leaflet. It draws what it is given and tells what happened on it.

import type { Feature, FeatureCollection, Geometry } from "geojson";
import * as L from "leaflet";
import type { Areas } from "./areas";
import { AreaLayer } from "./board-areas";
import { BoardPlaces, type Drawing } from "./board-places";
import type { Box } from "./extent";
import type { Group } from "./groups";
import type { BaseMap, LeafletConfig, View } from "./page";
import type { Place } from "./places";

const CLOSE_ENOUGH = 16;

export interface BoardEvents {
  /** The view came to rest somewhere else; `asked` is false when only the window changed. */
  moved(asked: boolean): void;
  group(group: Group): void;
  /** Somebody asks what is at a place: with a pointer, or with Enter for the middle. */
  asked(latitude: number, longitude: number, byKey: boolean): void;
  /** The pointer is over a place; null when it left the map. */
  over(at: [latitude: number, longitude: number] | null): void;
  /** Pointed at places (or at none). */
  light(places: Place[]): void;
  popupClosed(): void;
  /** Tiles of the base map came, or could not be had. */
  tiles(reached: boolean): void;
  /** Tiles of a layer could not be had. */
  areasFailed(): void;
}

export class Board {
  readonly #map: L.Map;
  readonly #places: BoardPlaces;
  readonly #areas = new Map<string, AreaLayer>();
  readonly #marks = { "is-lit": [] as number[], "is-chosen": [] as number[] };
  #tiles: L.TileLayer | undefined;
  #here: L.LayerGroup | undefined;

  constructor(
    private readonly element: HTMLElement,
    private readonly events: BoardEvents,
    drawing: Drawing,
    config: LeafletConfig,
    start: View,
  ) {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.#map = L.map(element, {
      center: [start.latitude, start.longitude],
      zoom: start.zoom,
      minZoom: config.MIN_ZOOM,
      maxZoom: config.MAX_ZOOM,
      zoomControl: false,
      attributionControl: false,
      zoomAnimation: !still,
      fadeAnimation: !still,
      markerZoomAnimation: !still,
      inertia: !still,
    });
    this.#places = new BoardPlaces(this.#map, events, drawing);
    if (config.SCALE) {
      const [metric, imperial] = [config.SCALE !== "imperial", config.SCALE !== "metric"];
      L.control.scale({ metric, imperial, maxWidth: 80, position: "bottomleft" }).addTo(this.#map);
    }
    let resizing = false;
    this.#map.on("moveend", () => this.events.moved(!resizing));
    this.#map.on("popupclose", () => this.events.popupClosed());
    this.#map.on("click", ({ latlng }) => this.events.asked(latlng.lat, latlng.lng, false));
    this.#map.on("mousemove", ({ latlng }) => this.events.over([latlng.lat, latlng.lng]));
    this.#map.on("mouseout", () => this.events.over(null));
    element.addEventListener("keydown", ({ key, target }) => {
      if (key !== "Enter" || target !== element) return;
      const { latitude, longitude } = this.view;
      this.events.asked(latitude, longitude, true);
    });
    for (const pane of ["city", "areas"]) this.#map.createPane(pane);
    new ResizeObserver(() => {
      resizing = true;
      this.#map.invalidateSize({ animate: false });
      resizing = false;
    }).observe(element);
  }

  get view(): View {
    const { lat, lng } = this.#map.getCenter();
    return { latitude: lat, longitude: lng, zoom: this.#map.getZoom() };
  }

  get box(): Box {
    const bounds = this.#map.getBounds();
    return {
      west: bounds.getWest(),
      south: bounds.getSouth(),
      east: bounds.getEast(),
      north: bounds.getNorth(),
    };
  }

  get closest(): boolean {
    return this.#map.getZoom() >= this.#map.getMaxZoom();
  }

  zoomBy(levels: number): void {
    this.#map.setZoom(this.#map.getZoom() + levels);
  }

  /** Show a place from near; at once, so that a popup can open where it is. */
  approach({ box }: Place): void {
    const bounds = this.#bounds(box);
    const zoom = Math.min(CLOSE_ENOUGH, this.#map.getBoundsZoom(bounds.pad(0.2)));
    const point = bounds.getNorthEast().equals(bounds.getSouthWest());
    const target = point ? Math.max(CLOSE_ENOUGH, this.#map.getZoom()) : zoom;
    this.#map.setView(bounds.getCenter(), target, { animate: false });
  }

  /** Show all of a box, and come nearer by one level at least where `nearer` is asked. */
  fit(box: Box, nearer = false): void {
    const bounds = this.#bounds(box);
    const whole = this.#map.getBoundsZoom(bounds.pad(0.15));
    const zoom = nearer ? Math.max(whole, this.#map.getZoom() + 1) : Math.min(whole, CLOSE_ENOUGH);
    this.#map.setView(bounds.getCenter(), Math.min(zoom, this.#map.getMaxZoom()));
  }

  showBoundary(boundary: FeatureCollection | Feature | Geometry): void {
    const style = { className: "city-edge", interactive: false };
    L.geoJSON(boundary, { style: () => style, interactive: false, pane: "city" }).addTo(this.#map);
  }

  showBase(base: BaseMap): void {
    this.#tiles?.remove();
    const tiles = L.tileLayer(base.url, {
      minZoom: base.minZoom,
      maxNativeZoom: base.maxZoom,
      maxZoom: this.#map.getMaxZoom(),
    });
    let loaded = 0;
    const say = (reached: boolean) => {
      this.element.classList.toggle("is-without-tiles", !reached);
      this.events.tiles(reached);
    };
    tiles.on("loading", () => (loaded = 0));
    tiles.on("tileload", () => {
      loaded += 1;
      say(true);
    });
    tiles.on("tileerror", () => loaded || say(false));
    this.#tiles = tiles.addTo(this.#map);
  }

  retryTiles(): void {
    this.#tiles?.redraw();
  }

  /** Draw the tiles of these layers and of no others; the later ones lie above. */
  showAreas(slugs: string[], areas: Areas): void {
    for (const [slug, layer] of this.#areas) {
      if (slugs.includes(slug)) continue;
      layer.remove();
      this.#areas.delete(slug);
    }
    slugs.forEach((slug, order) => {
      const drawn = this.#areas.get(slug) ?? new AreaLayer(slug, areas, this.events.areasFailed);
      drawn.setZIndex(order);
      if (this.#areas.has(slug)) return;
      this.#areas.set(slug, drawn);
      drawn.mark(Object.values(this.#marks).flat());
      drawn.addTo(this.#map);
    });
  }

  /** Draw a layer's tiles again: from elsewhere, or after a failure. */
  reloadAreas(slug: string): void {
    this.#areas.get(slug)?.redraw();
  }

  /** Draw all tiles in new colours. */
  repaintAreas(): void {
    for (const layer of this.#areas.values()) layer.repaint();
  }

  /** Show by the pointer that there is something to click at. */
  pointAt(something: boolean): void {
    this.element.classList.toggle("is-over", something);
  }

  /** Return how many degrees of longitude a number of pixels is. */
  degrees(pixels: number): number {
    return (360 / (256 * 2 ** this.#map.getZoom())) * pixels;
  }

  /** Draw these groups, lines and areas and no others. What stays is kept, and with it the focus. */
  showPlaces(groups: Group[], shapes: Place[]): void {
    this.#places.showGroups(groups);
    this.#places.showShapes(shapes);
  }

  /** Mark places with a class ("is-lit", "is-chosen"), and take it from all others. */
  mark(name: "is-lit" | "is-chosen", ids: number[]): void {
    this.#places.mark(name, ids);
    this.#marks[name] = ids;
    const marked = [...new Set(Object.values(this.#marks).flat())];
    for (const layer of this.#areas.values()) layer.mark(marked);
  }

  /** Return the button that stands for a place, alone or in its group. */
  buttonOf(id: number): HTMLButtonElement | undefined {
    return this.#places.buttonOf(id);
  }

  openPopup(latitude: number, longitude: number, content: HTMLElement, lifted: boolean): void {
    L.popup({
      closeButton: false,
      closeOnEscapeKey: false, // the page closes it, and brings the focus back
      minWidth: 240,
      maxWidth: Math.min(300, Math.max(240, this.element.clientWidth - 120)),
      offset: [0, lifted ? -14 : 0],
      autoPanPaddingTopLeft: [16, 16],
      autoPanPaddingBottomRight: [96, 48], // clear of the buttons at the right

    })
      .setLatLng([latitude, longitude])
      .setContent(content)
      .openOn(this.#map);
  }

  closePopup(): void {
    this.#map.closePopup();
  }

  /** Show where the device says it is, with how exactly it knows (metres). */
  showHere(latitude: number, longitude: number, accuracy: number): void {
    this.#here?.remove();
    const icon = L.divIcon({ className: "me", iconSize: [20, 20] });
    this.#here = L.layerGroup([
      L.circle([latitude, longitude], { radius: accuracy, className: "me-area", interactive: false }),
      L.marker([latitude, longitude], { icon, interactive: false, keyboard: false }),
    ]).addTo(this.#map);
    this.#map.setView([latitude, longitude], Math.max(CLOSE_ENOUGH - 1, this.#map.getZoom()));
  }

  #bounds(box: Box): L.LatLngBounds {
    return L.latLngBounds([box.south, box.west], [box.north, box.east]);
  }
}
