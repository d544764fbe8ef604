// The only module that knows Leaflet. It draws what it is given and tells what happened on it.

import type { Feature, FeatureCollection, Geometry } from "geojson";
import * as L from "leaflet";
import type { Box } from "./extent";
import type { Group } from "./groups";
import type { BaseMap, LeafletConfig, View } from "./page";
import type { Place } from "./places";

const CLOSE_ENOUGH = 16;
const MARKER = 44;

export interface BoardEvents {
  /** The view came to rest somewhere else; `asked` is false when only the window changed. */
  moved(asked: boolean): void;
  group(group: Group): void;
  shape(place: Place): void;
  /** Pointed at places (or at none). */
  light(places: Place[]): void;
  popupClosed(): void;
  /** Tiles of the base map came, or could not be had. */
  tiles(reached: boolean): void;
}

interface Drawing {
  /** What a group looks like on its button. */
  face(group: Group): SVGSVGElement;
  label(group: Group): string;
}

/** A marker that is a real button: focus, Enter and Space come with it. */
class ButtonIcon extends L.Icon<L.IconOptions & { button: HTMLButtonElement }> {
  override createIcon(): HTMLElement {
    const { button } = this.options;
    button.classList.add("leaflet-marker-icon"); // laid out by Leaflet's style sheet
    button.style.width = button.style.height = `${MARKER}px`;
    button.style.marginLeft = button.style.marginTop = `${-MARKER / 2}px`;
    return button;
  }

  override createShadow(): HTMLElement {
    return null as unknown as HTMLElement; // Leaflet asks, and takes none for an answer
  }
}

export class Board {
  readonly #map: L.Map;
  readonly #markers = new Map<string, { marker: L.Marker; button: HTMLButtonElement; group: Group }>();
  readonly #shapes = new Map<number, L.GeoJSON>();
  #tiles: L.TileLayer | undefined;
  #here: L.LayerGroup | undefined;

  constructor(
    private readonly element: HTMLElement,
    private readonly events: BoardEvents,
    private readonly drawing: Drawing,
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
    if (config.SCALE) {
      const [metric, imperial] = [config.SCALE !== "imperial", config.SCALE !== "metric"];
      L.control.scale({ metric, imperial, maxWidth: 80, position: "bottomleft" }).addTo(this.#map);
    }
    let resizing = false;
    this.#map.on("moveend", () => this.events.moved(!resizing));
    this.#map.on("popupclose", () => this.events.popupClosed());
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
    L.geoJSON(boundary, { style: () => style, interactive: false }).addTo(this.#map).bringToBack();
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

  /** Draw these groups and no others. Buttons of groups that stay are kept, and with them the focus. */
  showGroups(groups: Group[]): void {
    const wanted = new Map(groups.map((group) => [group.key, group]));
    for (const [key, { marker }] of this.#markers) {
      if (wanted.has(key)) continue;
      marker.remove();
      this.#markers.delete(key);
    }
    for (const group of groups) {
      const drawn = this.#markers.get(group.key);
      if (drawn) drawn.marker.setLatLng([group.latitude, group.longitude]);
      else this.#draw(group);
    }
  }

  #draw(group: Group): void {
    const button = document.createElement("button");
    button.type = "button";
    button.className = group.members.length > 1 ? "marker cluster" : "marker";
    button.setAttribute("aria-label", this.drawing.label(group));
    button.title = this.drawing.label(group);
    button.dataset.features = group.key;
    button.append(this.drawing.face(group));
    const light = (places: Place[]) => () => this.events.light(places);
    button.addEventListener("mouseenter", light(group.members));
    button.addEventListener("mouseleave", light([]));
    button.addEventListener("focus", light(group.members));
    button.addEventListener("blur", light([]));
    const marker = L.marker([group.latitude, group.longitude], {
      icon: new ButtonIcon({ button, iconUrl: "" }),
      keyboard: false,
      autoPanOnFocus: false,
    });
    marker.on("click", () => this.events.group(group));
    marker.addTo(this.#map);
    this.#markers.set(group.key, { marker, button, group });
  }

  /** Draw these lines and areas and no others. */
  showShapes(places: Place[]): void {
    const wanted = new Set(places.map(({ id }) => id));
    for (const [id, shape] of this.#shapes) {
      if (wanted.has(id)) continue;
      shape.remove();
      this.#shapes.delete(id);
    }
    for (const place of places) {
      if (this.#shapes.has(place.id)) continue;
      const line = place.geometry.type.endsWith("LineString");
      const className = `shape ${line ? "shape-line" : "shape-area"} kind-${place.kind}`;
      // The hatch is a pattern in the page's HTML: a style sheet's url(#…) would look in the sheet.
      const fillColor = place.kind === "hazard" ? "url(#hatch)" : "";
      const shape = L.geoJSON(place.geometry, { style: () => ({ className, fillColor }) });
      shape.on("click", (event) => {
        L.DomEvent.stopPropagation(event as unknown as Event);
        this.events.shape(place);
      });
      shape.on("mouseover", () => this.events.light([place]));
      shape.on("mouseout", () => this.events.light([]));
      shape.addTo(this.#map);
      for (const path of this.#paths(shape)) path.setAttribute("data-feature", String(place.id));
      this.#shapes.set(place.id, shape);
    }
  }

  /** Mark places with a class ("is-lit", "is-chosen"), and take it from all others. */
  mark(name: "is-lit" | "is-chosen", ids: number[]): void {
    for (const { button, group } of this.#markers.values()) {
      button.classList.toggle(name, group.members.some(({ id }) => ids.includes(id)));
    }
    for (const [id, shape] of this.#shapes) {
      for (const path of this.#paths(shape)) path.classList.toggle(name, ids.includes(id));
    }
  }

  /** Return the button that stands for a place, alone or in its group. */
  buttonOf(id: number): HTMLButtonElement | undefined {
    return [...this.#markers.values()].find(({ group }) => group.members.some((p) => p.id === id))
      ?.button;
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

  #paths(shape: L.GeoJSON): Element[] {
    return shape
      .getLayers()
      .map((layer) => (layer as L.Path).getElement())
      .filter((path) => path !== undefined);
  }
}
