// A page that waits: asks each second how far the work is, and goes on when it is done.

import { setText } from "../map/page";
import { fetchJson, maybe } from "./page";

const EVERY_MS = 1000;

interface Stage {
  name: string;
  words: string;
  state: "done" | "now" | "to_come";
}

interface Progress {
  next: string | null;
  wait: string;
  now?: string;
  stages?: Stage[];
  done?: number | null;
  total?: number | null;
}

export function startProgress(): void {
  const region = maybe("progress");
  const url = region?.dataset.state;
  if (!region || !url) return;

  const ask = async (): Promise<void> => {
    try {
      const progress = await fetchJson<Progress>(url);
      show("progress-offline", false);
      if (progress.next) {
        location.replace(progress.next);
        return;
      }
      tell(region, progress);
    } catch {
      show("progress-offline", true);
    }
    window.setTimeout(() => void ask(), EVERY_MS);
  };
  window.setTimeout(() => void ask(), EVERY_MS / 2);
}

function tell(region: HTMLElement, progress: Progress): void {
  const wait = maybe("progress-wait");
  if (wait) {
    wait.hidden = !progress.wait;
    if (wait.textContent !== progress.wait) setText(wait, progress.wait);
  }
  for (const { name, state } of progress.stages ?? []) {
    const stage = region.querySelector(`[data-stage="${name}"]`);
    if (stage) stage.className = `stage stage-${state}`;
  }
  // A live region is written only when what it says has changed.
  const now = maybe("progress-now");
  if (now && progress.now && now.textContent !== progress.now) now.textContent = progress.now;
  const bar = maybe<HTMLProgressElement>("progress-bar");
  const { done = null, total = null } = progress;
  show("progress-count", total !== null);
  if (!bar) return;
  if (total === null || done === null) {
    bar.removeAttribute("value");
    return;
  }
  bar.max = total;
  bar.value = done;
  const language = document.documentElement.lang;
  const put = (which: string, value: number) => {
    const place = region.querySelector(`[data-${which}]`);
    if (place) place.textContent = value.toLocaleString(language);
  };
  put("done", done);
  put("total", total);
}

function show(id: string, shown: boolean): void {
  const element = maybe(id);
  if (element) element.hidden = !shown;
}
