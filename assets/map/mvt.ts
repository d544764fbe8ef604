// Reads a Mapbox Vector Tile (specification 2.1) straight into flat arrays. Runs in the worker.
//
// Our own reader of the geometry: one object for each position, as the usual library makes them,
// takes three times as long with the hundred thousand areas that a tile may hold.

import { PbfReader } from "pbf";

const LINE = 2;
const AREA = 3;
const [MOVE, DRAW, CLOSE] = [1, 2, 7];

export type Properties = Record<string, string | number | boolean>;

/** Feature i has the rings firstRing[i] to firstRing[i + 1]; ring r the positions from firstPosition[r]. */
export interface Decoded {
  /** Units of the tile from edge to edge; positions count from its north-west, y downwards. */
  extent: number;
  ids: number[];
  isArea: boolean[];
  firstRing: number[];
  firstPosition: number[];
  /** x, y, x, y … The rings of areas end where they began. */
  xy: Int32Array;
  /** Four a feature: west, top, east, bottom. */
  boxes: Int32Array;
  properties(i: number): Properties;
}

interface Names {
  keys: string[];
  values: (string | number | boolean)[];
}

/** Decode a tile's lines and areas; points are no part of it. Raises where it is not a vector tile. */
export function decode(bytes: ArrayBuffer): Decoded {
  const pbf = new PbfReader(new Uint8Array(bytes));
  // No coordinate takes less than a byte, and a ring's commands are more than its closing position.
  const xy = new Int32Array(pbf.length);
  const boxes: number[] = [];
  /** Where each feature's properties are, and whose keys and values they count in. */
  const tags: number[] = [];
  const named: Names[] = [];
  const tile = {
    extent: 4096,
    ids: [] as number[],
    isArea: [] as boolean[],
    firstRing: [0],
    firstPosition: [0],
  };
  let written = 0;

  while (pbf.pos < pbf.length) {
    const tag = pbf.readVarint();
    if (tag === 26) readLayer(pbf.readVarint() + pbf.pos);
    else pbf.skip(tag);
  }
  return { ...tile, xy: xy.slice(0, written), boxes: Int32Array.from(boxes), properties };

  function readLayer(end: number): void {
    const names: Names = { keys: [], values: [] };
    const features: number[] = [];
    while (pbf.pos < end) {
      const tag = pbf.readVarint();
      if (tag === 18) {
        features.push(pbf.pos);
        pbf.skip(tag);
      } else if (tag === 26) names.keys.push(pbf.readString());
      else if (tag === 34) names.values.push(readValue(pbf));
      else if (tag === 40) tile.extent = pbf.readVarint();
      else pbf.skip(tag);
    }
    for (const start of features) readFeature(start, names);
    pbf.pos = end;
  }

  function readFeature(start: number, names: Names): void {
    pbf.pos = start;
    const end = pbf.readVarint() + pbf.pos;
    let [id, type, tagsAt, geometryAt] = [0, 0, -1, -1];
    while (pbf.pos < end) {
      const tag = pbf.readVarint();
      if (tag === 8) id = pbf.readVarint();
      else if (tag === 24) type = pbf.readVarint();
      else {
        if (tag === 18) tagsAt = pbf.pos;
        if (tag === 34) geometryAt = pbf.pos;
        pbf.skip(tag);
      }
    }
    if ((type !== LINE && type !== AREA) || geometryAt < 0) return;
    readGeometry(geometryAt);
    tile.ids.push(id);
    tile.isArea.push(type === AREA);
    tile.firstRing.push(tile.firstPosition.length - 1);
    tags.push(tagsAt);
    named.push(names);
  }

  function readGeometry(start: number): void {
    pbf.pos = start;
    const end = pbf.readVarint() + pbf.pos;
    let [x, y, ring] = [0, 0, written];
    let [west, top, east, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
    while (pbf.pos < end) {
      const command = pbf.readVarint();
      const what = command & 7;
      if (what === CLOSE) {
        xy[written++] = xy[ring] as number;
        xy[written++] = xy[ring + 1] as number;
        continue;
      }
      if (what !== MOVE && what !== DRAW) throw new Error(`Unknown command ${what}`);
      for (let count = command >> 3; count > 0; count--) {
        if (what === MOVE && written > ring) {
          tile.firstPosition.push(written / 2);
          ring = written;
        }
        x += pbf.readSVarint();
        y += pbf.readSVarint();
        xy[written++] = x;
        xy[written++] = y;
        if (x < west) west = x;
        if (x > east) east = x;
        if (y < top) top = y;
        if (y > bottom) bottom = y;
      }
    }
    if (written > ring) tile.firstPosition.push(written / 2);
    boxes.push(west, top, east, bottom);
  }

  /** Read when asked: nobody reads those of most features. */
  function properties(i: number): Properties {
    const found: Properties = {};
    const { keys, values } = named[i] ?? { keys: [], values: [] };
    const start = tags[i] ?? -1;
    if (start < 0) return found;
    pbf.pos = start;
    const end = pbf.readVarint() + pbf.pos;
    while (pbf.pos < end) {
      const key = keys[pbf.readVarint()];
      const value = values[pbf.readVarint()];
      if (key !== undefined && value !== undefined) found[key] = value;
    }
    return found;
  }
}

function readValue(pbf: PbfReader): string | number | boolean {
  let value: string | number | boolean = "";
  const end = pbf.readVarint() + pbf.pos;
  while (pbf.pos < end) {
    const tag = pbf.readVarint();
    if (tag === 10) value = pbf.readString();
    else if (tag === 21) value = pbf.readFloat();
    else if (tag === 25) value = pbf.readDouble();
    else if (tag === 32) value = pbf.readVarint(true);
    else if (tag === 40) value = pbf.readVarint();
    else if (tag === 48) value = pbf.readSVarint();
    else if (tag === 56) value = pbf.readBoolean();
    else pbf.skip(tag);
  }
  return value;
}
