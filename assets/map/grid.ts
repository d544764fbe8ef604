// The grid of tiles (Web Mercator), pure. The map is drawn in squares; a square of the map is drawn
// from the tile of the same address, from a part of a tile above it, or from the tiles below it.

import type { Box } from "./extent";

export interface Address {
  z: number;
  x: number;
  y: number;
}

/** A tile as it lies on a square: `size` squares wide, its corner at `left`, `top` (in squares). */
export interface Piece extends Address {
  size: number;
  left: number;
  top: number;
}

/** Pixels of a square. A tile of a zoom level fills a square of the next: fewer to fetch. */
export const SQUARE = 512;

/** Where the tiles of a layer are. */
export interface Source {
  /** Address with {z}, {x} and {y}. */
  template: string;
  minzoom: number;
  maxzoom: number;
  /** By zoom: boxes of columns and rows, both ends included, outside which there is no tile. */
  present?: Record<string, [number, number, number, number][]> | null;
}

/** Return the zoom level of the squares that a map of a zoom level is drawn in. */
export function squareZoom(zoom: number): number {
  return Math.max(0, Math.round(zoom) - 1);
}

/** Return the tiles that a square is drawn from; none where the source has none there. */
export function pieces({ z, x, y }: Address, source: Source): Piece[] {
  if (z > source.maxzoom) {
    const size = 2 ** (z - source.maxzoom);
    const [column, row] = [Math.floor(x / size), Math.floor(y / size)];
    const piece = { z: source.maxzoom, x: column, y: row, size };
    const placed = { ...piece, left: column * size - x, top: row * size - y };
    return hasTile(placed, source) ? [placed] : [];
  }
  const across = 2 ** Math.max(0, source.minzoom - z);
  const found: Piece[] = [];
  for (let j = 0; j < across; j++) {
    for (let i = 0; i < across; i++) {
      const tile = { z: Math.max(z, source.minzoom), x: x * across + i, y: y * across + j };
      const piece = { ...tile, size: 1 / across, left: i / across, top: j / across };
      if (hasTile(piece, source)) found.push(piece);
    }
  }
  return found;
}

function hasTile({ z, x, y }: Address, { present }: Source): boolean {
  if (!present) return true;
  const boxes = present[String(z)] ?? [];
  return boxes.some(([x0, y0, x1, y1]) => x0 <= x && x <= x1 && y0 <= y && y <= y1);
}

/** Return the squares that a box lies on. */
export function squares(box: Box, zoom: number): Address[] {
  const z = squareZoom(zoom);
  const last = 2 ** z - 1;
  const within = (value: number) => Math.min(last, Math.max(0, Math.floor(value)));
  const [west, north] = position(box.west, box.north, z);
  const [east, south] = position(box.east, box.south, z);
  const found: Address[] = [];
  for (let y = within(north); y <= within(south); y++) {
    for (let x = within(west); x <= within(east); x++) found.push({ z, x, y });
  }
  return found;
}

/** Return where a place lies on the grid of a zoom level, in tiles from the north-west. */
export function position(longitude: number, latitude: number, z: number): [number, number] {
  const sine = Math.sin((Math.max(-85.05, Math.min(85.05, latitude)) * Math.PI) / 180);
  const world = 2 ** z;
  return [
    ((longitude + 180) / 360) * world,
    (0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)) * world,
  ];
}

/** The other way: degrees, longitude first. */
export function degrees(x: number, y: number, z: number): [number, number] {
  const world = 2 ** z;
  const latitude = Math.atan(Math.sinh(Math.PI * (1 - (2 * y) / world)));
  return [(x / world) * 360 - 180, (latitude * 180) / Math.PI];
}

/** Return the box of all tiles that a source is known to have; null where it isn't known. */
export function boundsOf({ present, maxzoom }: Source): Box | null {
  const boxes = present?.[String(maxzoom)];
  if (!boxes?.length) return null;
  const [west, north] = degrees(
    Math.min(...boxes.map(([x0]) => x0)), Math.min(...boxes.map(([, y0]) => y0)), maxzoom,
  );
  const [east, south] = degrees(
    Math.max(...boxes.map(([, , x1]) => x1)) + 1, Math.max(...boxes.map(([, , , y1]) => y1)) + 1,
    maxzoom,
  );
  return { west, south, east, north };
}
