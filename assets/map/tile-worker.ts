// The worker: fetches, reads, draws and searches tiles, so that the page itself never waits for it.

import type { Box } from "./extent";
import { degrees, type Piece, pieces, position, SQUARE, squares, squareZoom } from "./grid";
import type { Gone } from "./manifest";
import { type Look, paint, paintMarks } from "./paint";
import { anchor, boxAt, featuresAt, type Tile, touchesBox, withIds } from "./tile";
import { TileStore } from "./tiles";
import {
  type Found, type FromWorker, type InView, type Square, Superseded, type Task, type Tasks,
  type ToWorker,
} from "./work";

const looks = new Map<string, Look>();
const stops = new Map<number, AbortController>();
const questions = new Map<number, (why: Gone) => void>();
let asked = 0;

const store = new TileStore(
  (slug, template) =>
    new Promise((resolve) => {
      asked += 1;
      questions.set(asked, resolve);
      tell({ kind: "gone", id: asked, slug, template });
    }),
);

function tell(message: FromWorker, transfer: Transferable[] = []): void {
  self.postMessage(message, { transfer });
}

self.addEventListener("message", ({ data }: MessageEvent<ToWorker>) => {
  switch (data.kind) {
    case "use":
      return store.use(data.slug, data.source);
    case "look":
      return void looks.set(data.slug, data.look);
    case "stop":
      return stops.get(data.id)?.abort();
    case "why":
      questions.get(data.id)?.(data.why);
      return void questions.delete(data.id);
    case "task":
      return void answer(data);
  }
});

async function answer(message: Extract<ToWorker, { kind: "task" }>): Promise<void> {
  const { id } = message;
  const stop = new AbortController();
  stops.set(id, stop);
  try {
    const done = await doTask(message, stop.signal);
    tell({ kind: "done", id, answer: done }, done instanceof ImageBitmap ? [done] : []);
  } catch (error) {
    tell({ kind: "failed", id, anew: error instanceof Superseded });
  } finally {
    stops.delete(id);
  }
}

function doTask(
  { task, ask }: Extract<ToWorker, { kind: "task" }>,
  signal: AbortSignal,
): Promise<Tasks[Task]["answer"]> {
  switch (task) {
    case "paint": {
      const { pixels, ratio } = ask.square;
      const hasAny = ({ ids }: Tile) => ids.length > 0;
      return draw(ask.slug, ask.square, signal, hasAny, (to, tile, piece, look) =>
        paint(to, tile, piece, pixels, ratio, look),
      );
    }
    case "marks": {
      const { pixels, ratio } = ask.square;
      const hasOne = (tile: Tile) => withIds(tile, ask.ids).length > 0;
      return draw(ask.slug, ask.square, signal, hasOne, (to, tile, piece, look) =>
        paintMarks(to, tile, piece, pixels, ratio, look, withIds(tile, ask.ids)),
      );
    }
    case "inView":
      return inView(ask, signal);
    case "at":
      return at(ask, signal);
  }
}

/** Return the picture of a square; null where nothing was drawn on it. */
async function draw(
  slug: string,
  square: Square,
  signal: AbortSignal,
  isNeeded: (tile: Tile) => boolean,
  work: (to: OffscreenCanvasRenderingContext2D, tile: Tile, piece: Piece, look: Look) => void,
): Promise<ImageBitmap | null> {
  const needed = pieces(square, store.source(slug));
  const tiles = await Promise.all(needed.map((piece) => store.tile(slug, piece, signal)));
  const look = looks.get(slug);
  if (!look || !tiles.some(isNeeded)) return null;
  const canvas = new OffscreenCanvas(square.pixels, square.pixels);
  const to = canvas.getContext("2d");
  if (!to) throw new Error("This browser draws nothing in a worker");
  needed.forEach((piece, k) => {
    to.save();
    if (piece.size < 1) {
      // Several tiles on one square: each keeps to its own part of it.
      const side = piece.size * square.pixels;
      to.beginPath();
      to.rect(piece.left * square.pixels, piece.top * square.pixels, side, side);
      to.clip();
    }
    work(to, tiles[k] as Tile, piece, look);
    to.restore();
  });
  return canvas.transferToImageBitmap();
}

/** Return the features that have any part in a box, by id. */
async function inView(
  { slug, box, zoom, most }: Tasks["inView"]["ask"],
  signal: AbortSignal,
): Promise<InView> {
  const source = store.source(slug);
  const needed = new Map<string, Piece>();
  for (const square of squares(box, zoom)) {
    for (const piece of pieces(square, source)) {
      needed.set([piece.z, piece.x, piece.y].join("/"), piece);
    }
  }
  const found = new Map<number, Found & { share: number }>();
  let [missing, many] = [0, false];
  const search = async (piece: Piece): Promise<void> => {
    const tile = await store.tile(slug, piece, signal);
    const own = inTile(box, piece, tile.extent);
    if (!own) return;
    for (let i = 0; i < tile.ids.length && !many; i++) {
      const id = tile.ids[i] as number;
      if (!touchesBox(tile, i, own)) continue;
      const extent = inDegrees(boxAt(tile, i), piece, tile.extent);
      const share = (extent.east - extent.west) * (extent.north - extent.south);
      const known = found.get(id);
      if (known) known.box = joined(known.box, extent);
      if (known && known.share >= share) continue;
      const [x, y] = anchor(tile, i, own);
      found.set(id, {
        id,
        properties: tile.properties(i),
        box: known?.box ?? extent,
        anchor: degrees(piece.x + x / tile.extent, piece.y + y / tile.extent, piece.z),
        share,
      });
      many = found.size > most;
    }
  };
  const searches = [...needed.values()].map((piece) =>
    search(piece).catch((error: unknown) => {
      if (signal.aborted || error instanceof Superseded) throw error;
      missing += 1;
    }),
  );
  await Promise.all(searches);
  const listed = many ? [] : [...found.values()].sort((a, b) => a.id - b.id);
  return { found: listed.map(({ share: _, ...rest }) => rest), many, missing };
}

/** Return what is at a place. */
async function at(
  { slug, longitude, latitude, zoom, reach }: Tasks["at"]["ask"],
  signal: AbortSignal,
): Promise<Found[]> {
  const z = squareZoom(zoom);
  const [x, y] = position(longitude, latitude, z);
  const square = { z, x: Math.floor(x), y: Math.floor(y) };
  const found = new Map<number, Found>();
  for (const piece of pieces(square, store.source(slug))) {
    const [column, row] = position(longitude, latitude, piece.z);
    if (Math.floor(column) !== piece.x || Math.floor(row) !== piece.y) continue;
    const tile = await store.tile(slug, piece, signal);
    const { extent } = tile;
    const near = (reach / (SQUARE * piece.size)) * extent;
    const [u, v] = [(column - piece.x) * extent, (row - piece.y) * extent];
    for (const i of featuresAt(tile, u, v, near)) {
      const id = tile.ids[i] as number;
      const box = inDegrees(boxAt(tile, i), piece, extent);
      const properties = tile.properties(i);
      found.set(id, { id, properties, box, anchor: [longitude, latitude] });
    }
  }
  return [...found.values()].sort((a, b) => a.id - b.id);
}

/** A box of degrees in a tile's units, cut at the tile's edges: what lies beyond is the neighbour's. */
function inTile(box: Box, { z, x, y }: Piece, extent: number): Box | null {
  const [west, north] = position(box.west, box.north, z);
  const [east, south] = position(box.east, box.south, z);
  if (east < x || west > x + 1 || south < y || north > y + 1) return null;
  const cut = (value: number) => Math.max(0, Math.min(extent, value * extent));
  return { west: cut(west - x), east: cut(east - x), south: cut(north - y), north: cut(south - y) };
}

function inDegrees(box: Box, { z, x, y }: Piece, extent: number): Box {
  const [west, north] = degrees(x + box.west / extent, y + box.south / extent, z);
  const [east, south] = degrees(x + box.east / extent, y + box.north / extent, z);
  return { west, south, east, north };
}

function joined(a: Box, b: Box): Box {
  return {
    west: Math.min(a.west, b.west),
    south: Math.min(a.south, b.south),
    east: Math.max(a.east, b.east),
    north: Math.max(a.north, b.north),
  };
}
