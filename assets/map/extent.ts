// Boxes on the map, and what lies in them. Pure: degrees, longitude first, as GeoJSON has them.

import type { Geometry, Position } from "geojson";

export interface Box {
  west: number;
  south: number;
  east: number;
  north: number;
}

export function boxOf(positions: Iterable<Position>): Box {
  const box = { west: Infinity, south: Infinity, east: -Infinity, north: -Infinity };
  for (const [x = NaN, y = NaN] of positions) {
    box.west = Math.min(box.west, x);
    box.east = Math.max(box.east, x);
    box.south = Math.min(box.south, y);
    box.north = Math.max(box.north, y);
  }
  return box;
}

export function union(boxes: Box[]): Box {
  return boxOf(boxes.flatMap((b) => [[b.west, b.south], [b.east, b.north]]));
}

export function overlap(a: Box, b: Box): boolean {
  return a.west <= b.east && b.west <= a.east && a.south <= b.north && b.south <= a.north;
}

/** Say whether all of `b` lies in `a`. */
export function encompasses(a: Box, b: Box): boolean {
  return a.west <= b.west && b.east <= a.east && a.south <= b.south && b.north <= a.north;
}

export function contains(box: Box, [x = NaN, y = NaN]: Position): boolean {
  return box.west <= x && x <= box.east && box.south <= y && y <= box.north;
}

/** Every position of a geometry. */
export function positions(geometry: Geometry): Position[] {
  if (geometry.type === "GeometryCollection") return geometry.geometries.flatMap(positions);
  return flat(geometry.coordinates);
}

function flat(coordinates: Position | Position[] | Position[][] | Position[][][]): Position[] {
  if (typeof coordinates[0] === "number") return [coordinates as Position];
  return (coordinates as Position[][]).flatMap((inner) => flat(inner));
}

/** Say whether any part of a geometry lies in a box: exact, not only by the geometry's own box. */
export function touches(geometry: Geometry, box: Box): boolean {
  switch (geometry.type) {
    case "Point":
      return contains(box, geometry.coordinates);
    case "MultiPoint":
      return geometry.coordinates.some((p) => contains(box, p));
    case "LineString":
      return lineTouches(geometry.coordinates, box);
    case "MultiLineString":
      return geometry.coordinates.some((line) => lineTouches(line, box));
    case "Polygon":
      return polygonTouches(geometry.coordinates, box);
    case "MultiPolygon":
      return geometry.coordinates.some((polygon) => polygonTouches(polygon, box));
    case "GeometryCollection":
      return geometry.geometries.some((part) => touches(part, box));
  }
}

function polygonTouches(rings: Position[][], box: Box): boolean {
  if (rings.some((ring) => lineTouches(ring, box))) return true;
  // No edge in the box: it lies wholly inside the area, or wholly outside (or in a hole).
  const corner: Position = [box.west, box.south];
  return rings.filter((ring) => encloses(ring, corner)).length % 2 === 1;
}

function lineTouches(line: Position[], box: Box): boolean {
  if (line.length === 1) return contains(box, line[0] as Position);
  return line.some((end, i) => i > 0 && segmentTouches(line[i - 1] as Position, end, box));
}

function segmentTouches(a: Position, b: Position, box: Box): boolean {
  const [ax = NaN, ay = NaN] = a;
  const [bx = NaN, by = NaN] = b;
  return segmentMeets(ax, ay, bx, by, box);
}

/** Liang and Barsky's clipping: something of the segment is left inside the box. */
export function segmentMeets(ax: number, ay: number, bx: number, by: number, box: Box): boolean {
  const [dx, dy] = [bx - ax, by - ay];
  let [from, to] = [0, 1];
  const cut = (p: number, q: number): boolean => {
    if (p === 0) return q >= 0;
    if (p < 0) from = Math.max(from, q / p);
    else to = Math.min(to, q / p);
    return true;
  };
  return (
    cut(-dx, ax - box.west) &&
    cut(dx, box.east - ax) &&
    cut(-dy, ay - box.south) &&
    cut(dy, box.north - ay) &&
    from <= to
  );
}

/** Say whether a place is on a geometry: in an area, or within `reach` degrees of a line. */
export function isAt(geometry: Geometry, [x = NaN, y = NaN]: Position, reach: number): boolean {
  const spare = geometry.type.endsWith("Polygon") ? 0 : reach;
  const box = { west: x - spare, east: x + spare, south: y - spare, north: y + spare };
  return touches(geometry, box);
}

function encloses(ring: Position[], [x = NaN, y = NaN]: Position): boolean {
  let inside = false;
  ring.forEach(([bx = NaN, by = NaN], i) => {
    const [ax = NaN, ay = NaN] = ring.at(i - 1) as Position;
    if (by > y !== ay > y && x < ((ax - bx) * (y - by)) / (ay - by) + bx) inside = !inside;
  });
  return inside;
}
