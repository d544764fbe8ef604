// A tile of lines and areas, decoded once and asked often. Runs in the worker.

import { type Box, segmentMeets } from "./extent";
import { type Decoded, decode } from "./mvt";

export type Tile = Decoded;
export { decode };

const known = new WeakMap<Tile, { field: string; values: string[] }>();

/** Return what each feature has in a field, "" where nothing. Read once a tile. */
export function valuesOf(tile: Tile, field: string): string[] {
  const found = known.get(tile);
  if (found?.field === field) return found.values;
  const values = tile.ids.map((_, i) => String(tile.properties(i)[field] ?? ""));
  known.set(tile, { field, values });
  return values;
}

/** Return the features that have one of these ids. */
export function withIds({ ids }: Tile, wanted: number[]): number[] {
  const found: number[] = [];
  for (let i = 0; i < ids.length; i++) if (wanted.includes(ids[i] as number)) found.push(i);
  return found;
}

/** Return a feature's box in the tile's units. */
export function boxAt({ boxes }: Tile, i: number): Box {
  const [west = 0, south = 0, east = 0, north = 0] = boxes.subarray(4 * i, 4 * i + 4);
  return { west, south, east, north };
}

/** Return the features at a position: areas around it, lines within `reach`; all in the tile's units. */
export function featuresAt(tile: Tile, x: number, y: number, reach: number): number[] {
  const { boxes, isArea } = tile;
  const found: number[] = [];
  for (let i = 0; i < isArea.length; i++) {
    const spare = isArea[i] ? 0 : reach;
    const k = 4 * i;
    if (x < (boxes[k] as number) - spare || x > (boxes[k + 2] as number) + spare) continue;
    if (y < (boxes[k + 1] as number) - spare || y > (boxes[k + 3] as number) + spare) continue;
    if (isArea[i] ? encloses(tile, i, x, y) : distance(tile, i, x, y) <= reach) found.push(i);
  }
  return found;
}

/** Say whether any of a feature lies in a box of the tile's units (`south` is the upper edge). */
export function touchesBox(tile: Tile, i: number, box: Box): boolean {
  const k = 4 * i;
  const [west, top] = [tile.boxes[k] as number, tile.boxes[k + 1] as number];
  const [east, bottom] = [tile.boxes[k + 2] as number, tile.boxes[k + 3] as number];
  if (west > box.east || box.west > east || top > box.north || box.south > bottom) return false;
  const wide = west >= box.west && east <= box.east;
  if (wide && top >= box.south && bottom <= box.north) return true;
  let met = false;
  eachSegment(tile, i, (ax, ay, bx, by) => {
    met ||= segmentMeets(ax, ay, bx, by, box);
  });
  return met || (Boolean(tile.isArea[i]) && encloses(tile, i, box.west, box.south));
}

/** Return a position on a feature within a box, where a popup can point at; the tile's units. */
export function anchor(tile: Tile, i: number, box: Box): [number, number] {
  const own = boxAt(tile, i);
  const [west, east] = [Math.max(own.west, box.west), Math.min(own.east, box.east)];
  const y = (Math.max(own.south, box.south) + Math.min(own.north, box.north)) / 2;
  const crossings: number[] = [];
  eachSegment(tile, i, (ax, ay, bx, by) => {
    if (ay > y !== by > y) crossings.push(((ax - bx) * (y - by)) / (ay - by) + bx);
  });
  crossings.sort((a, b) => a - b);
  let best: [number, number] = [(west + east) / 2, y];
  let widest = -1;
  const step = tile.isArea[i] ? 2 : 1;
  for (let k = 0; k < crossings.length; k += step) {
    const from = Math.max(crossings[k] as number, west);
    const to = Math.min(tile.isArea[i] ? (crossings[k + 1] ?? from) : from, east);
    if (from > east || to - from <= widest) continue;
    widest = to - from;
    best = [(from + to) / 2, y];
  }
  return best;
}

function encloses(tile: Tile, i: number, x: number, y: number): boolean {
  let inside = false;
  eachSegment(tile, i, (ax, ay, bx, by) => {
    if (by > y !== ay > y && x < ((ax - bx) * (y - by)) / (ay - by) + bx) inside = !inside;
  });
  return inside;
}

function distance(tile: Tile, i: number, x: number, y: number): number {
  let nearest = Infinity;
  eachSegment(tile, i, (ax, ay, bx, by) => {
    const [dx, dy] = [bx - ax, by - ay];
    const length = dx * dx + dy * dy;
    const along = length ? Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / length)) : 0;
    nearest = Math.min(nearest, Math.hypot(x - ax - along * dx, y - ay - along * dy));
  });
  return nearest;
}

/** Call a function with each segment of a feature; rings of areas are closed already. */
function eachSegment(
  { firstRing, firstPosition, xy }: Tile,
  i: number,
  work: (ax: number, ay: number, bx: number, by: number) => void,
): void {
  for (let ring = firstRing[i] as number; ring < (firstRing[i + 1] as number); ring++) {
    const end = 2 * (firstPosition[ring + 1] as number) - 2;
    for (let k = 2 * (firstPosition[ring] as number); k < end; k += 2) {
      work(xy[k] as number, xy[k + 1] as number, xy[k + 2] as number, xy[k + 3] as number);
    }
  }
}
