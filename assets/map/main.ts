// The front page: what is switched on, what is in view, what is chosen, and the address that says so.

import type { FeatureCollection } from "geojson";
import { Areas } from "./areas";
import { Board } from "./board";
import { Choice, crowdLabel } from "./choice";
import { startControls, startSheet } from "./controls";
import { union } from "./extent";
import { boundsOf } from "./grid";
import { Grouping } from "./groups";
import { PlaceList } from "./list";
import { onNewColours } from "./look";
import { Published } from "./manifest";
import { answer, say, unsay } from "./messages";
import { copyOf, type LayerInfo, type LeafletConfig, part, readPage, setText, slot } from "./page";
import * as permalink from "./permalink";
import { fetchJson, isPoint, type Place } from "./places";
import { Pointer } from "./pointer";
import { MOST_LISTED, Stock, type Seen } from "./stock";
import { ring, symbol } from "./symbol";
import { Superseded } from "./work";

/** After so long the page says that it is loading, and lists what is known. */
const LOADING_MS = 1000;

const page = readPage();
const state = permalink.read(location.search, page);
const canvas = part("map");
canvas.hidden = false; // Leaflet measures it when it starts
const config = JSON.parse(canvas.dataset.leaflet ?? "") as LeafletConfig;
const [latitude, longitude] = config.DEFAULT_CENTER;

let base = state.base;
let touched = false; // the address is left as it came until something is done

/** False while the page is still becoming what its address asks for. */
const isReady = () => canvas.dataset.ready !== undefined;

const published = new Published(page, (layers) => {
  const on = stock.drop(layers);
  if (on.length) void showLayers().then(() => on.forEach(({ slug }) => board.reloadAreas(slug)));
});
const areas = new Areas(page.worker, (slug, template) =>
  published.whyGone(template, () => page.layers.find((la) => la.slug === slug)?.tiles?.template),
);
const stock = new Stock(page, areas, published, state.layers);
const grouping = new Grouping();
const list = new PlaceList(page, {
  show: (place) => {
    board.approach(place);
    window.scrollTo({ top: 0 });
    choice.choose(place, () => list.buttonOf(place.id));
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
    group: (group) => choice.openGroup(group),
    asked: (lat, lon, byKey) => void tellWhatIsAt([lat, lon], byKey),
    over: (at) => pointer.over(at),
    light: (places) => list.light(places),
    popupClosed: () => choice.forget(),
    tiles: (reached) => (reached ? unsay("tiles") : say("tiles")),
    areasFailed: () => say("places"),
  },
  {
    face: (group) =>
      group.members.length > 1
        ? ring(group)
        : symbol(page.symbols, (group.members[0] as Place).kind),
    label: ({ members }) => crowdLabel(members, page),
  },
  config,
  state.at ?? { latitude, longitude, zoom: config.DEFAULT_ZOOM },
);
const choice = new Choice({
  board,
  page,
  isReady,
  changed: () => {
    touched ||= isReady();
    list.choose(choice.place?.id ?? null);
    refresh();
  },
  reveal: ({ id }) => list.reveal(id),
});
const pointer = new Pointer(
  async (at) =>
    stock.tiled.length ? stock.at(at, board.view.zoom, board.degrees(1), false) : [],
  (places) => {
    board.pointAt(places.length > 0);
    board.mark("is-lit", places.map(({ id }) => id));
    list.light(places);
  },
);

let looking = new AbortController();
let latest = Promise.resolve();

/** Draw and list what is switched on and in view: one set for both. */
function refresh(): void {
  latest = drawAndList();
}

/** Wait until the list holds what the map shows, however often the map moves meanwhile. */
async function settled(): Promise<void> {
  let awaited;
  do {
    awaited = latest;
    await awaited;
  } while (awaited !== latest);
}

async function drawAndList(): Promise<void> {
  const [box, { zoom }] = [board.box, board.view];
  looking.abort();
  looking = new AbortController();
  const { signal } = looking;
  board.showPlaces(
    grouping.inside(box, zoom, choice.place?.id ?? null),
    stock.places.filter((place) => !isPoint(place)),
  );
  board.showAreas(stock.tiled.map(({ slug }) => slug), areas);
  board.mark("is-chosen", choice.place ? [choice.place.id] : []);
  if (touched) writeAddress();
  if (!stock.tiled.length) {
    show({ places: stock.known(box), many: [], missing: false });
    return;
  }
  const soon = window.setTimeout(() => {
    say("loading");
    show({ places: stock.known(box), many: [], missing: false }, true);
  }, LOADING_MS);
  signal.addEventListener("abort", () => window.clearTimeout(soon));
  try {
    const seen = await stock.inView(box, zoom, signal);
    if (signal.aborted) return;
    show(seen);
    if (seen.missing) say("places");
  } catch (error) {
    if (!signal.aborted && !(error instanceof Superseded)) say("places");
  } finally {
    window.clearTimeout(soon);
    if (!signal.aborted) unsay("loading");
  }
}

/** List what the map shows. `soon`: areas are still on their way. */
function show({ places, many }: Seen, soon = false): void {
  const notListed = many.length * MOST_LISTED;
  list.show(places, { nothingChosen: stock.shown.size === 0, notListed, loading: soon });
  list.choose(choice.place?.id ?? null);
  const seen = new Set([...places.map(({ layer }) => layer), ...many]);
  if (!soon) showAway(stock.layers.filter((layer) => !seen.has(layer)));
  part("many").replaceChildren(
    ...many.map((layer) => {
      const line = copyOf("many-template");
      setText(slot(line, "layer"), layer.title);
      slot(line, "nearer").addEventListener("click", () => {
        board.zoomBy(1);
        part("count").focus();
      });
      return line;
    }),
  );
}

/** For each layer that is on and has nothing in view, offer the way to it. */
function showAway(layers: LayerInfo[]): void {
  const lines = layers.map((layer) => {
    const places = stock.of(layer);
    const box = layer.tiles ? boundsOf(layer.tiles) : union(places.map((place) => place.box));
    if (!box || !(layer.tiles || places.length)) return null;
    const line = copyOf("away-template");
    setText(slot(line, "layer"), layer.title);
    slot(line, "fit").addEventListener("click", () => {
      board.fit(box);
      part("count").focus();
    });
    return line;
  });
  part("away").replaceChildren(...lines.filter((line) => line !== null));
}

function writeAddress(): void {
  const layers = stock.layers.map(({ slug }) => slug);
  const now = { at: board.view, layers, base, feature: choice.place?.id ?? null };
  permalink.write(permalink.query(now, page.usual));
}

/** Open what is at a place: the one, or the names of several. */
async function tellWhatIsAt(at: [number, number], byKey: boolean): Promise<void> {
  unsay("here-none");
  const places = await stock.at(at, board.view.zoom, board.degrees(1), byKey);
  const [first, ...others] = places;
  const focus = () => (byKey ? canvas : undefined);
  if (first && !others.length) choice.choose(first, focus, isPoint(first) ? undefined : at);
  else if (first) choice.openCrowd(places, at, focus);
  else if (byKey) say("here-none");
}

/** Show the layers that are switched on; fetch what was not fetched yet. */
async function showLayers(): Promise<void> {
  const wanted = stock.layers;
  const patience = window.setTimeout(() => say("loading"), LOADING_MS);
  try {
    await stock.load(wanted);
    unsay("places");
  } catch {
    say("places");
  } finally {
    window.clearTimeout(patience);
    unsay("loading");
  }
  grouping.load(stock.places.filter(isPoint));
  showSources(wanted);
  refresh();
  await settled();
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

/** Make the page's boxes and buttons say what the address asks for: the page is the same for all. */
function showState(): void {
  for (const box of part("layers").querySelectorAll<HTMLInputElement>('input[type="checkbox"]')) {
    box.checked = stock.shown.has(box.value);
  }
  for (const choiceOfBase of document.querySelectorAll<HTMLInputElement>('input[name="base"]')) {
    choiceOfBase.checked = choiceOfBase.value === base;
  }
}

/** Choose the place that the address names. */
async function chooseAsked(id: number): Promise<void> {
  let asked = list.find(id) ?? (await stock.find(id));
  if (!asked) return;
  if (!stock.shown.has(asked.layer.slug)) {
    stock.shown.add(asked.layer.slug); // what is asked for is not hidden
    showState();
    await showLayers();
  }
  if (!state.at) {
    board.approach(asked);
    await settled();
  }
  asked = list.find(id) ?? asked;
  const { id: found } = asked;
  choice.choose(asked, () => board.buttonOf(found) ?? list.buttonOf(found));
}

async function start(): Promise<void> {
  document.documentElement.classList.add("is-live");
  part("sketch").remove();
  part("map-sources").hidden = false;
  showState();
  permalink.carry(location.search);
  part("layers").addEventListener("change", ({ target }) => {
    if (!(target instanceof HTMLInputElement)) return;
    if (target.checked) stock.shown.add(target.value);
    else stock.shown.delete(target.value);
    if (choice.place && !stock.shown.has(choice.place.layer.slug)) choice.close();
    touched = true;
    void showLayers();
  });
  addEventListener("keydown", (event) => {
    if (event.key === "Escape") choice.close();
  });
  answer("tiles", () => board.retryTiles());
  answer("places", () => {
    for (const { slug } of stock.tiled) board.reloadAreas(slug);
    void showLayers();
  });
  onNewColours(() => {
    stock.recolour();
    board.repaintAreas();
  });
  startControls(board, (id) => {
    touched = true;
    showBase(id);
    writeAddress();
  });
  startSheet();
  showBase(base);
  fetchJson<FeatureCollection>(page.boundary).then(
    (boundary) => board.showBoundary(boundary),
    () => say("places"),
  );
  await published.start();
  await showLayers();
  if (state.feature !== null) await chooseAsked(state.feature);
  await settled();
  canvas.dataset.ready = "true";
}

void start();
