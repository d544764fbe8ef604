// The page's side of the worker that has the tiles: questions go out, answers come back.

import type { Source } from "./grid";
import type { Gone } from "./manifest";
import type { Look } from "./paint";
import { type FromWorker, Superseded, type Task, type Tasks, type ToWorker } from "./work";

interface Waiting {
  done(answer: Tasks[Task]["answer"]): void;
  failed(error: Error): void;
}

export class Areas {
  #worker: Worker | undefined;
  #asked = 0;
  readonly #waiting = new Map<number, Waiting>();

  constructor(
    private readonly script: string,
    private readonly whyGone: (slug: string, template: string) => Promise<Gone>,
  ) {}

  /** Say where a layer's tiles are; again when they are elsewhere. */
  use(slug: string, source: Source): void {
    this.#tell({ kind: "use", slug, source });
  }

  /** Say how a layer is drawn. */
  look(slug: string, look: Look): void {
    this.#tell({ kind: "look", slug, look });
  }

  /** Have something done. Rejects where a tile can't be had, when `signal` says stop, or `Superseded`. */
  ask<T extends Task>(
    task: T,
    ask: Tasks[T]["ask"],
    signal?: AbortSignal,
  ): Promise<Tasks[T]["answer"]> {
    this.#asked += 1;
    const id = this.#asked;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { done: resolve, failed: reject } as Waiting);
      this.#tell({ kind: "task", id, task, ask } as ToWorker);
      signal?.addEventListener("abort", () => {
        if (this.#waiting.has(id)) this.#tell({ kind: "stop", id });
      });
    });
  }

  #tell(message: ToWorker): void {
    // Started by the first layer that needs it: most visitors look at points.
    this.#worker ??= this.#start();
    this.#worker.postMessage(message);
  }

  #start(): Worker {
    const worker = new Worker(this.script, { type: "module" });
    worker.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => this.#hear(data));
    worker.addEventListener("error", () => {
      for (const { failed } of this.#waiting.values()) failed(new Error("The worker failed"));
      this.#waiting.clear();
    });
    return worker;
  }

  #hear(message: FromWorker): void {
    const { id } = message;
    if (message.kind === "gone") {
      const answer = (why: Gone) => this.#tell({ kind: "why", id, why });
      this.whyGone(message.slug, message.template).then(answer, () => answer("unknown"));
      return;
    }
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (message.kind === "done") waiting?.done(message.answer);
    else waiting?.failed(message.anew ? new Superseded() : new Error("A tile can't be had"));
  }
}
