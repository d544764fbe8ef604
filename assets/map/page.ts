// What the server says to the script: one JSON block, and the templates in the page's HTML.

import type { Source } from "./grid";

/** Where a layer's places are fetched: points as GeoJSON, lines and areas as tiles where baked. */
export interface Addresses {
  /** GeoJSON, in listing order. */
  features?: string;
  tiles?: Source;
}

export interface LayerInfo extends Addresses {
  slug: string;
  title: string;
  kind: string;
  count: number;
  sample: boolean;
  attribution: string;
  /** What its areas are coloured by, where not by the layer's kind. */
  style: { field: string; classes: { value: string; title: string; colour: string }[] } | null;
}

export interface BaseMap {
  id: string;
  url: string;
  attribution: string;
  attributionUrl: string;
  minZoom: number;
  maxZoom: number;
}

/** A position of the map: degrees and a zoom level. */
export interface View {
  latitude: number;
  longitude: number;
  zoom: number;
}

/** What the address asks for. */
export interface State {
  at: View | null;
  layers: string[];
  base: string;
  feature: number | null;
}

export interface Page {
  language: string;
  /** The same with its variant: "ja-easy" is Japanese. */
  code: string;
  /** In the order of the list. */
  layers: LayerInfo[];
  baseMaps: BaseMap[];
  boundary: string;
  symbols: string;
  /** Address of the script that works on tiles. */
  worker: string;
  /** Address of what is published now; null where nothing is. */
  manifest: string | null;
  /** Addresses of a place's page and of what the API says of it, with {id}. */
  placePage: string;
  placeApi: string;
  /** What is shown when the address says nothing. */
  usual: { layers: string[]; base: string };
  kinds: Record<string, string>;
  words: Record<"count" | "more" | "none" | "choose" | "group" | "loading", string>;
}

/** The part of django-leaflet's configuration that this page uses. */
export interface LeafletConfig {
  DEFAULT_CENTER: [number, number];
  DEFAULT_ZOOM: number;
  MIN_ZOOM: number;
  MAX_ZOOM: number;
  SCALE: "metric" | "imperial" | "both" | null;
}

export function readPage(): Page {
  return JSON.parse(part("page").textContent ?? "") as Page;
}

/** Return the element with an id; that it is there is the template's promise. */
export function part<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no #${id}`);
  return found as T;
}

/** Return a new copy of the single element inside <template id>. */
export function copyOf(id: string): HTMLElement {
  const first = part<HTMLTemplateElement>(id).content.firstElementChild;
  if (!first) throw new Error(`The template #${id} is empty`);
  return document.importNode(first, true) as HTMLElement;
}

/** Return the element marked data-slot="name" inside an element. */
export function slot<T extends Element = HTMLElement>(inside: Element, name: string): T {
  const found = inside.querySelector<T>(`[data-slot="${name}"]`);
  if (!found) throw new Error(`No slot ${name}`);
  return found;
}

/** Fill `{name}` places of a sentence. */
export function fill(sentence: string, values: Record<string, string>): string {
  return sentence.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}

const JAPANESE = /[\u3040-\u30ff\u3400-\u9fff]/;

/** Put a text into an element, saying its language where it is Japanese on a page in another. */
export function setText(element: HTMLElement, text: string): void {
  element.textContent = text;
  const foreign = document.documentElement.lang !== "ja" && JAPANESE.test(text);
  if (foreign) element.lang = "ja";
  else element.removeAttribute("lang");
}
