// The small map of these screens. The only module here that knows Leaflet.

import type { Feature, FeatureCollection, Geometry } from "geojson";
import * as L from "leaflet";
import { type LeafletConfig, part } from "../map/page";
import { fetchJson, type MapPage } from "./page";

const POINT: Record<string, number> = { old: 6, removed: 6, candidate: 5 };
const CLOSE_ENOUGH = 17;
/** Pixels that stay free around what is shown, and on the right, where the buttons are. */
const MARGIN = 32;
const BUTTONS = 80;

/** One thing drawn: its marks, where it lies, what is said when somebody points at it. */
export interface Drawn {
  marks: L.Path[];
  bounds: L.LatLngBounds;
}

/** A mark of another shape than a circle: states are told by shape as well as by colour. */
function shaped(path: (x: number, y: number, r: number) => string): typeof L.CircleMarker {
  return L.CircleMarker.extend({
    _updatePath(this: L.CircleMarker & { _point: L.Point; _radius: number; _renderer: unknown }) {
      const { x, y } = this._point;
      const renderer = this._renderer as { _setPath(layer: L.CircleMarker, path: string): void };
      renderer._setPath(this, path(x, y, this._radius));
    },
  }) as unknown as typeof L.CircleMarker;
}

const MARKS: Record<string, typeof L.CircleMarker> = {
  added: shaped((x, y, r) => `M${x} ${y - r - 2}l${r + 2} ${r + 2}l${-r - 2} ${r + 2}l${-r - 2} ${-r - 2}Z`),
  removed: shaped(
    (x, y, r) => `M${x - r} ${y - r}l${2 * r} ${2 * r}M${x + r} ${y - r}l${-2 * r} ${2 * r}`,
  ),
};

export class Chart {
  readonly #map: L.Map;
  readonly #element = part("chart");
  readonly #city: L.LatLngBounds;
  #whole: L.LatLngBounds;

  constructor(page: MapPage) {
    const config = JSON.parse(this.#element.dataset.leaflet ?? "") as LeafletConfig;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.#map = L.map(this.#element, {
      center: config.DEFAULT_CENTER,
      zoom: config.DEFAULT_ZOOM,
      minZoom: config.MIN_ZOOM,
      maxZoom: config.MAX_ZOOM,
      zoomControl: false,
      attributionControl: false,
      zoomAnimation: !still,
      fadeAnimation: !still,
      inertia: !still,
    });
    const [west, south, east, north] = page.city;
    this.#city = L.latLngBounds([south, west], [north, east]);
    this.#whole = this.#city;
    L.control.scale({ imperial: false, maxWidth: 80 }).addTo(this.#map);
    new ResizeObserver(() => this.#map.invalidateSize({ animate: false })).observe(this.#element);
    this.#control("in", () => this.#map.zoomIn());
    this.#control("out", () => this.#map.zoomOut());
    this.#control("all", () => this.fit(this.#whole));
    if (page.base) this.#tiles(page.base.url, page.base.minZoom, page.base.maxZoom);
    void this.#boundary(page.boundary);
  }

  #control(name: string, work: () => void): void {
    document.querySelector(`[data-control="${name}"]`)?.addEventListener("click", work);
  }

  #tiles(url: string, minZoom: number, maxNativeZoom: number): void {
    const tiles = L.tileLayer(url, { minZoom, maxNativeZoom, maxZoom: this.#map.getMaxZoom() });
    let loaded = 0;
    tiles.on("tileload", () => {
      loaded += 1;
      this.say("tiles", false);
      this.#element.classList.remove("is-without-tiles");
    });
    tiles.on("tileerror", () => {
      if (loaded) return;
      this.say("tiles", true);
      this.#element.classList.add("is-without-tiles");
    });
    tiles.addTo(this.#map);
  }

  async #boundary(url: string): Promise<void> {
    const style = { className: "city-edge", interactive: false };
    const boundary = await fetchJson<FeatureCollection>(url);
    L.geoJSON(boundary, { style: () => style, interactive: false }).addTo(this.#map).bringToBack();
  }

  say(message: string, shown: boolean): void {
    const sentence = document.querySelector<HTMLElement>(`[data-message="${message}"]`);
    if (sentence) sentence.hidden = !shown;
  }

  /** Draw a geometry with a class for its state; a tooltip says what it is. */
  draw(shape: Feature<Geometry>, state: string, tip: string): Drawn {
    const className = state === "candidate" ? "candidate" : `change-${state}`;
    const kind = shape.geometry.type.replace("Multi", "");
    const line = kind === "LineString" ? "shape-line" : "";
    const group = L.geoJSON(shape, {
      style: () => ({ className: kind === "Point" ? className : `shape ${line} ${className}` }),
      pointToLayer: (_feature, at) =>
        new (MARKS[state] ?? L.CircleMarker)(at, { radius: POINT[state] ?? 7, className }),
    }).addTo(this.#map);
    const legend = document.querySelector<HTMLElement>(`[data-legend="${state}"]`);
    if (legend) legend.hidden = false;
    if (tip) group.bindTooltip(tip);
    return { marks: group.getLayers() as L.Path[], bounds: group.getBounds() };
  }

  /** Draw an arrow from where something is to where it would be. */
  arrow(from: L.LatLngBounds, to: L.LatLngBounds): L.Path {
    const line = L.polyline([from.getCenter(), to.getCenter()], {
      className: "change-move",
      interactive: false,
    }).addTo(this.#map);
    line.getElement()?.setAttribute("marker-end", "url(#arrow)");
    line.bringToBack();
    return line;
  }

  /** Take what was drawn as the whole; show what lies in the city, or all where nothing does. */
  settle(drawn: Drawn[]): void {
    const whole = L.latLngBounds([]);
    const home = L.latLngBounds([]);
    for (const { bounds } of drawn) {
      whole.extend(bounds);
      if (this.#city.intersects(bounds)) home.extend(bounds);
    }
    if (whole.isValid()) this.#whole = whole;
    this.fit(home.isValid() ? home : this.#whole);
    this.#element.dataset.ready = "true";
  }

  fit(bounds: L.LatLngBounds): void {
    this.#map.fitBounds(bounds, {
      maxZoom: CLOSE_ENOUGH,
      animate: false,
      paddingTopLeft: [MARGIN, MARGIN],
      paddingBottomRight: [BUTTONS, MARGIN],
    });
  }

  /** Bring marks before the others. */
  lift(drawn: Drawn[]): void {
    for (const { marks } of drawn) for (const mark of marks) mark.bringToFront();
  }

  mark(name: string, drawn: Drawn[], on: boolean): void {
    for (const { marks } of drawn) {
      for (const mark of marks) mark.getElement()?.classList.toggle(name, on);
    }
  }
}
