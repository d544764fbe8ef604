// The front page: what is switched on, what is in view, what is chosen, and the address that says so.

import type { FeatureCollection } from "geojson";
import { Board } from "./board";
import { startControls, startSheet } from "./controls";
import { union } from "./extent";
import { type Group, Grouping } from "./groups";
import { PlaceList } from "./list";
import { answer, say, unsay } from "./messages";
import {
  copyOf, fill, type LayerInfo, type LeafletConfig, part, readPage, setText, slot,
} from "./page";
import * as permalink from "./permalink";
import { fetchJson, fetchPlaces, inView, isPoint, middle, type Place } from "./places";
import { crowdPopup, placePopup } from "./popup";
import { countsByKind, ring, symbol } from "./symbol";

const LOADING_MS = 1000;
/** Degrees within which places count as being at one spot (about two metres). */
const ONE_SPOT = 0.00002;

/** More than any layer has: the order of a place is its layer's, then its own. */
const MOST_PLACES = 1e7;

const page = readPage();
const canvas = part("map");
canvas.hidden = false; // Leaflet measures it when it starts
const config = JSON.parse(canvas.dataset.leaflet ?? "") as LeafletConfig;
const [latitude, longitude] = config.DEFAULT_CENTER;

const loaded = new Map<string, Place[]>();
const shown = new Set(page.state.layers);
let base = page.state.base;
let chosen: Place | null = null;
let returnFocus: (() => HTMLElement | undefined) | null = null;
let touched = false; // the address is left as it came until something is done

/** False while the page is still becoming what its address asks for. */
const isReady = () => canvas.dataset.ready !== undefined;
const kindWord = (kind: string) => page.kinds[kind] ?? "";

const grouping = new Grouping();
const list = new PlaceList(page, {
  show: (place) => {
    board.approach(place);
    window.scrollTo({ top: 0 });
    choose(place, () => list.buttonOf(place.id));
  },
  light: (place) => board.mark("is-lit", place ? [place.id] : []),
});
const board: Board = new Board(
  canvas,
  {
    moved: (asked) => {
      touched ||= asked && isReady();
      refresh();
    },
    group: openGroup,
    shape: (place) => choose(place, () => undefined),
    light: (places) => list.light(places),
    popupClosed: () => forget(),
    tiles: (reached) => (reached ? unsay("tiles") : say("tiles")),
  },
  {
    face: (group) =>
      group.members.length > 1
        ? ring(group)
        : symbol(page.symbols, (group.members[0] as Place).kind),
    label: groupLabel,
  },
  config,
  page.state.at ?? { latitude, longitude, zoom: config.DEFAULT_ZOOM },
);

/** The places of the layers that are switched on, in the order of the list. */
function places(): Place[] {
  return page.layers.flatMap(({ slug }) => (shown.has(slug) ? (loaded.get(slug) ?? []) : []));
}

/** Draw and list what is switched on and in view: one set for both. */
function refresh(): void {
  const box = board.box;
  const all = places();
  board.showGroups(grouping.inside(box, board.view.zoom, chosen?.id ?? null));
  board.showShapes(all.filter((place) => !isPoint(place)));
  board.mark("is-chosen", chosen ? [chosen.id] : []);
  const visible = all.filter((place) => inView(place, box));
  list.show(visible, shown.size === 0);
  showAway(visible);
  if (touched) writeAddress();
}

/** For each layer that is on and has nothing in view, offer the way to it. */
function showAway(visible: Place[]): void {
  const seen = new Set(visible.map(({ layer }) => layer.slug));
  const away = page.layers.filter(
    ({ slug }) => shown.has(slug) && !seen.has(slug) && loaded.get(slug)?.length,
  );
  part("away").replaceChildren(
    ...away.map((layer) => {
      const line = copyOf("away-template");
      setText(slot(line, "layer"), layer.title);
      slot(line, "fit").addEventListener("click", () => {
        board.fit(union((loaded.get(layer.slug) ?? []).map(({ box }) => box)));
        part("count").focus();
      });
      return line;
    }),
  );
}

function writeAddress(): void {
  const layers = page.layers.map(({ slug }) => slug).filter((slug) => shown.has(slug));
  const state = { at: board.view, layers, base, feature: chosen?.id ?? null };
  permalink.write(permalink.query(state, page.usual));
}

function groupLabel({ members }: Group): string {
  const [first] = members;
  if (members.length === 1 && first) return `${first.name} (${kindWord(first.kind)})`;
  const parts = countsByKind(members.map(({ kind }) => kind))
    .map(([kind, count]) => `${kindWord(kind)} ${count}`)
    .join(", ");
  return fill(page.words.group, { count: String(members.length), parts });
}

function openGroup(group: Group): void {
  const [first] = group.members;
  if (!first) return;
  if (group.members.length === 1) {
    choose(first, () => board.buttonOf(first.id));
    return;
  }
  const box = union(group.members.map((place) => place.box));
  const oneSpot = box.east - box.west < ONE_SPOT && box.north - box.south < ONE_SPOT;
  if (oneSpot || board.closest) {
    forget();
    const popup = crowdPopup(group.members, page, groupLabel(group), closePopup);
    openPopup(group.latitude, group.longitude, popup, true);
    returnFocus = () => board.buttonOf(first.id);
    return;
  }
  const hadFocus = document.activeElement === board.buttonOf(first.id);
  board.fit(box, true);
  // The group falls apart where its button had the focus: its first member takes it on.
  if (hadFocus) window.setTimeout(() => board.buttonOf(first.id)?.focus(), 350);
}

/** Choose a place: its popup opens, the list shows it, the address holds it. */
function choose(place: Place, focusAfter: () => HTMLElement | undefined): void {
  const [lat, lon] = middle(place);
  touched ||= isReady();
  chosen = place;
  refresh();
  list.choose(place.id);
  list.reveal(place.id);
  openPopup(lat, lon, placePopup(place, page, closePopup), isPoint(place));
  chosen = place; // closing the popup before this one forgot it
  refresh();
  list.choose(place.id);
  returnFocus = focusAfter;
}

function openPopup(lat: number, lon: number, popup: HTMLElement, lifted: boolean): void {
  board.openPopup(lat, lon, popup, lifted);
  // Whoever opened it goes on in it; a page that opens with it takes nobody's focus.
  if (isReady()) popup.focus({ preventScroll: true });
}

function forget(): void {
  if (!chosen) return;
  chosen = null;
  list.choose(null);
  refresh();
}

function closePopup(): void {
  const focus = returnFocus;
  returnFocus = null;
  board.closePopup();
  focus?.()?.focus();
}

/** Switch layers on or off by the form; fetch what was not fetched yet. */
async function showLayers(): Promise<void> {
  const wanted = page.layers.filter(({ slug }) => shown.has(slug));
  const patience = window.setTimeout(() => say("loading"), LOADING_MS);
  try {
    await Promise.all(
      wanted.filter(({ slug }) => !loaded.has(slug)).map(async (layer) => {
        const first = page.layers.indexOf(layer) * MOST_PLACES;
        loaded.set(layer.slug, await fetchPlaces(layer, first));
      }),
    );
    unsay("places");
  } catch {
    say("places");
  } finally {
    window.clearTimeout(patience);
    unsay("loading");
  }
  grouping.load(places().filter(isPoint));
  refresh();
  showSources(wanted);
}

function showSources(layers: LayerInfo[]): void {
  const sources = new Set(layers.map(({ attribution }) => attribution).filter(Boolean));
  part("sources-places").replaceChildren(
    ...[...sources].map((source) => {
      const line = document.createElement("p");
      setText(line, source);
      return line;
    }),
  );
  part("sources-more").hidden = sources.size === 0;
}

function showBase(id: string): void {
  const found = page.baseMaps.find((map) => map.id === id) ?? page.baseMaps[0];
  if (!found) return;
  base = found.id;
  board.showBase(found);
  const link = part<HTMLAnchorElement>("sources-base");
  link.href = found.attributionUrl;
  setText(link, found.attribution);
}

async function showBoundary(): Promise<void> {
  board.showBoundary(await fetchJson<FeatureCollection>(page.boundary));
}

async function start(): Promise<void> {
  document.documentElement.classList.add("is-live");
  part("sketch").remove();
  part("map-sources").hidden = false;
  part("layers").addEventListener("change", ({ target }) => {
    if (!(target instanceof HTMLInputElement)) return;
    if (target.checked) shown.add(target.value);
    else shown.delete(target.value);
    if (chosen && !shown.has(chosen.layer.slug)) closePopup();
    touched = true;
    void showLayers();
  });
  addEventListener("keydown", (event) => {
    if (event.key === "Escape") closePopup();
  });
  answer("tiles", () => board.retryTiles());
  answer("places", () => void showLayers());
  startControls(board, (id) => {
    touched = true;
    showBase(id);
    writeAddress();
  });
  startSheet();
  showBase(base);
  showBoundary().catch(() => say("places"));
  await showLayers();
  const asked = places().find(({ id }) => id === page.state.feature);
  if (asked) {
    if (!page.state.at) board.approach(asked);
    choose(asked, () => board.buttonOf(asked.id));
  }
  canvas.dataset.ready = "true";
}

void start();
