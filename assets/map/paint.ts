// Draws tiles of lines and areas on a square of the map. Runs in the worker.
//
// An area of danger is filled, hatched and has an edge, so that it is seen without its colour too;
// another area has an edge and a light filling. Every feature of a tile is drawn, however small.

import type { Piece } from "./grid";
import { type Tile, valuesOf } from "./tile";

/** How a layer is drawn. Colours are CSS's, resolved by the page: a worker knows no style sheet. */
export interface Look {
  hatched: boolean;
  /** Of what belongs to no class: the filling's, and the edge's and the hatch's. */
  fill: string;
  edge: string;
  /** Share of the filling that covers: 0 to 1. */
  cover: number;
  /** The property that tells the class, with its classes: later ones lie above. */
  field: string;
  classes: { value: string; fill: string; edge: string }[];
  /** What is pointed at or chosen: its line, and the halo around it. */
  mark: string;
  halo: string;
}

type Context = OffscreenCanvasRenderingContext2D;

const EDGE = 1.5;
const LINE = 4;
const MARK = 4;
const HALO = 8;
/** The hatch's period; a square is a whole number of it wide, so that it goes on across squares. */
const HATCH = 8;
const HATCH_LINE = 1.25;
/** Areas joined in one path: fewer calls, but a path of everything is slow. */
const BATCH = 400;
/** What is smaller both ways is a dot in the edge's colour: there is no room for more (CSS pixels). */
const DOT = 3;

/** Draw the features of a tile. `pixels`: of the square; `ratio`: of them to one of CSS. */
export function paint(
  to: Context, tile: Tile, piece: Piece, pixels: number, ratio: number, look: Look,
): void {
  const classOf = new Map(look.classes.map(({ value }, k) => [value, k + 1]));
  const groups: number[][] = [[], ...look.classes.map(() => [])];
  const values = look.field ? valuesOf(tile, look.field) : [];
  for (let i = 0; i < tile.ids.length; i++) groups[classOf.get(values[i] ?? "") ?? 0]?.push(i);
  to.lineJoin = to.lineCap = "round";
  groups.forEach((all, k) => {
    const { fill, edge } = k ? (look.classes[k - 1] as { fill: string; edge: string }) : look;
    to.fillStyle = edge;
    const features = all.filter((i) => !paintDot(to, tile, i, piece, pixels, ratio));
    to.fillStyle = filling(to, fill, edge, ratio, look);
    to.strokeStyle = edge;
    for (let start = 0; start < features.length; start += BATCH) {
      const batch = features.slice(start, start + BATCH);
      to.lineWidth = EDGE * ratio;
      to.beginPath();
      for (const i of batch) if (tile.isArea[i]) trace(to, tile, i, piece, pixels);
      to.fill();
      to.stroke();
      to.lineWidth = LINE * ratio;
      to.beginPath();
      for (const i of batch) if (!tile.isArea[i]) trace(to, tile, i, piece, pixels);
      to.stroke();
    }
  });
}

/** Draw lines around some features of a tile. */
export function paintMarks(
  to: Context, tile: Tile, piece: Piece, pixels: number, ratio: number, look: Look,
  features: number[],
): void {
  to.lineJoin = to.lineCap = "round";
  to.beginPath();
  for (const i of features) trace(to, tile, i, piece, pixels);
  for (const [colour, width] of [[look.halo, HALO], [look.mark, MARK]] as const) {
    to.strokeStyle = colour;
    to.lineWidth = width * ratio;
    to.stroke();
  }
}

/** Draw a feature as a dot where it is no larger; say whether it is. */
function paintDot(
  to: Context, { boxes, extent }: Tile, i: number, piece: Piece, pixels: number, ratio: number,
): boolean {
  const scale = (piece.size * pixels) / extent;
  const west = (boxes[4 * i] as number) * scale;
  const north = (boxes[4 * i + 1] as number) * scale;
  const wide = (boxes[4 * i + 2] as number) * scale - west;
  const high = (boxes[4 * i + 3] as number) * scale - north;
  if (wide > DOT * ratio || high > DOT * ratio) return false;
  const [x, y] = [Math.floor(west + piece.left * pixels), Math.floor(north + piece.top * pixels)];
  to.fillRect(x, y, Math.max(1, Math.round(wide)), Math.max(1, Math.round(high)));
  return true;
}

function trace(to: Context, tile: Tile, i: number, piece: Piece, pixels: number): void {
  const { firstRing, firstPosition, xy, extent } = tile;
  const scale = (piece.size * pixels) / extent;
  const [left, top] = [piece.left * pixels, piece.top * pixels];
  for (let ring = firstRing[i] as number; ring < (firstRing[i + 1] as number); ring++) {
    const [start, end] = [firstPosition[ring] as number, firstPosition[ring + 1] as number];
    for (let k = start; k < end; k++) {
      const x = (xy[2 * k] as number) * scale + left;
      const y = (xy[2 * k + 1] as number) * scale + top;
      if (k === start) to.moveTo(x, y);
      else to.lineTo(x, y);
    }
    if (tile.isArea[i]) to.closePath();
  }
}

function filling(to: Context, fill: string, edge: string, ratio: number, look: Look) {
  const size = Math.round(HATCH * ratio);
  const cell = new OffscreenCanvas(size, size);
  const on = cell.getContext("2d") as Context;
  on.globalAlpha = look.cover;
  on.fillStyle = fill;
  on.fillRect(0, 0, size, size);
  if (look.hatched) {
    on.globalAlpha = 0.8;
    on.strokeStyle = edge;
    on.lineWidth = HATCH_LINE * ratio;
    on.beginPath();
    for (const shift of [-size, 0, size]) {
      on.moveTo(shift - size, 2 * size);
      on.lineTo(shift + 2 * size, -size);
    }
    on.stroke();
  }
  return to.createPattern(cell, "repeat") ?? fill;
}
