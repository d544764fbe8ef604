// Leaflet's side of places: markers that are buttons, lines and areas that are in the page in whole.

import * as L from "leaflet";
import type { Group } from "./groups";
import type { Place } from "./places";

const MARKER = 44;

export interface Drawing {
  /** What a group looks like on its button. */
  face(group: Group): SVGSVGElement;
  label(group: Group): string;
}

interface Events {
  group(group: Group): void;
  light(places: Place[]): void;
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

export class BoardPlaces {
  readonly #markers = new Map<string, { marker: L.Marker; button: HTMLButtonElement; group: Group }>();
  readonly #shapes = new Map<number, L.GeoJSON>();

  constructor(
    private readonly map: L.Map,
    private readonly events: Events,
    private readonly drawing: Drawing,
  ) {}

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
    marker.addTo(this.map);
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
      if (!place.geometry) continue;
      const line = place.geometry.type.endsWith("LineString");
      const className = `shape ${line ? "shape-line" : "shape-area"} kind-${place.kind}`;
      // The hatch is a pattern in the page's HTML: a style sheet's url(#…) would look in the sheet.
      const fillColor = place.kind === "hazard" ? "url(#hatch)" : "";
      const shape = L.geoJSON(place.geometry, { style: () => ({ className, fillColor }) });
      shape.on("mouseover", () => this.events.light([place]));
      shape.on("mouseout", () => this.events.light([]));
      shape.addTo(this.map);
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

  #paths(shape: L.GeoJSON): Element[] {
    return shape
      .getLayers()
      .map((layer) => (layer as L.Path).getElement())
      .filter((path) => path !== undefined);
  }
}
