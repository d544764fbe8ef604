// What the page asks the worker, and what it answers.

import type { Box } from "./extent";
import type { Address, Source } from "./grid";
import type { Gone } from "./manifest";
import type { Properties } from "./mvt";
import type { Look } from "./paint";

/** A square of the map to be drawn: its side in the device's pixels, and of these to one of CSS. */
export interface Square extends Address {
  pixels: number;
  ratio: number;
}

/** A line or an area, as far as tiles in view tell. */
export interface Found {
  id: number;
  properties: Properties;
  /** Of what the tiles in view hold of it. */
  box: Box;
  /** A place on it (longitude, latitude) that is in view. */
  anchor: [number, number];
}

export interface InView {
  /** By id; empty where there are too many. */
  found: Found[];
  many: boolean;
  /** Tiles that could not be had. */
  missing: number;
}

/** What is asked, and what it is answered with. */
export interface Tasks {
  paint: { ask: { slug: string; square: Square }; answer: ImageBitmap | null };
  marks: { ask: { slug: string; square: Square; ids: number[] }; answer: ImageBitmap | null };
  inView: { ask: { slug: string; box: Box; zoom: number; most: number }; answer: InView };
  /** `reach`: of a line, in pixels of CSS. */
  at: {
    ask: { slug: string; longitude: number; latitude: number; zoom: number; reach: number };
    answer: Found[];
  };
}

export type Task = keyof Tasks;

export type ToWorker =
  | { kind: "use"; slug: string; source: Source }
  | { kind: "look"; slug: string; look: Look }
  | { kind: "stop"; id: number }
  | { kind: "why"; id: number; why: Gone }
  | { [T in Task]: { kind: "task"; id: number; task: T; ask: Tasks[T]["ask"] } }[Task];

export type FromWorker =
  | { kind: "done"; id: number; answer: Tasks[Task]["answer"] }
  /** `anew`: no failure, but the layer was published anew; the same is to be asked again. */
  | { kind: "failed"; id: number; anew: boolean }
  /** A file of the layer is gone: why? */
  | { kind: "gone"; id: number; slug: string; template: string };

/** What was asked for is no longer current: it is asked for again elsewhere. */
export class Superseded extends Error {}
