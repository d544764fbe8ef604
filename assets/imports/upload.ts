// The first step: drop a file, see how much of it has been sent, be told at once what is too big.

import { maybe } from "./page";

const SHORT = 0.1; // MB: below this a size is told in kB

export function startUpload(): void {
  const form = maybe<HTMLFormElement>("upload");
  const input = form?.querySelector<HTMLInputElement>('input[type="file"]');
  if (!form || !input) return;
  new Upload(form, input);
}

class Upload {
  readonly #drop = maybe("drop");
  readonly #chosen = maybe("chosen");
  readonly #limit: number;
  #request: XMLHttpRequest | null = null;

  constructor(
    private readonly form: HTMLFormElement,
    private readonly input: HTMLInputElement,
  ) {
    this.#limit = Number(form.dataset.limit);
    input.addEventListener("change", () => this.#show());
    form.addEventListener("submit", (event) => this.#submit(event));
    maybe("stop-sending")?.addEventListener("click", () => this.#request?.abort());
    this.#startDropping();
    this.#show();
  }

  #startDropping(): void {
    const drop = this.#drop;
    if (!drop) return;
    for (const more of drop.querySelectorAll<HTMLElement>(".drop-more")) more.hidden = false;
    const over = (on: boolean) => (event: DragEvent) => {
      event.preventDefault();
      drop.classList.toggle("is-over", on);
    };
    drop.addEventListener("dragenter", over(true));
    drop.addEventListener("dragover", over(true));
    drop.addEventListener("dragleave", over(false));
    drop.addEventListener("drop", (event) => {
      over(false)(event);
      if (!event.dataTransfer?.files.length) return;
      this.input.files = event.dataTransfer.files;
      this.#show();
    });
    // A file dropped beside the box must not take the page away.
    for (const name of ["dragover", "drop"] as const) {
      addEventListener(name, (event) => event.preventDefault());
    }
  }

  get #files(): File[] {
    return [...(this.input.files ?? [])];
  }

  get #size(): number {
    return this.#files.reduce((sum, { size }) => sum + size, 0);
  }

  #show(): void {
    if (!this.#chosen) return;
    const language = document.documentElement.lang;
    const size = (bytes: number) => {
      const mb = bytes / 1e6;
      const [value, unit] = mb < SHORT ? [bytes / 1e3, "kB"] : [mb, "MB"];
      return `${value.toLocaleString(language, { maximumFractionDigits: 1 })} ${unit}`;
    };
    const tooBig = this.#size > this.#limit;
    this.#chosen.textContent = tooBig
      ? (this.form.dataset.tooBig ?? "")
      : this.#files.map(({ name, size: bytes }) => `${name} (${size(bytes)})`).join(", ");
    this.#chosen.classList.toggle("errorlist", tooBig);
  }

  #submit(event: SubmitEvent): void {
    if (!this.#files.length) return; // the server says what is missing
    event.preventDefault();
    if (this.#size > this.#limit) {
      this.input.focus();
      return;
    }
    this.#send();
  }

  #send(): void {
    const request = new XMLHttpRequest();
    this.#request = request;
    const bar = maybe<HTMLProgressElement>("sent");
    const words = maybe("sent-words");
    request.upload.addEventListener("progress", ({ loaded, total }) => {
      const percent = total ? Math.round((100 * loaded) / total) : 0;
      if (bar) bar.value = percent;
      if (words) words.textContent = `${percent} %`;
    });
    request.addEventListener("load", () => this.#answered(request));
    request.addEventListener("error", () => this.#end(true));
    request.addEventListener("abort", () => this.#end(false));
    request.open("POST", this.form.action);
    request.responseType = "document";
    request.send(new FormData(this.form));
    this.#sending(true);
  }

  /** The answer is a page: the next step, or this one again with what has to be corrected. */
  #answered(request: XMLHttpRequest): void {
    if (request.status < 300 && request.responseURL !== location.href) {
      location.assign(request.responseURL);
      return;
    }
    const main = (request.response as Document | null)?.querySelector("main");
    if (!main) return this.#end(true);
    document.querySelector("main")?.replaceWith(main);
    // What was chosen stays chosen: the answer's own field is empty.
    const field = main.querySelector<HTMLInputElement>('input[type="file"]');
    if (field && this.input.files) field.files = this.input.files;
    startUpload();
    maybe("error-summary")?.focus();
  }

  #end(failed: boolean): void {
    this.#sending(false);
    const sentence = maybe("sending-failed");
    if (sentence) sentence.hidden = !failed;
    this.form.querySelector<HTMLButtonElement>('button[type="submit"]')?.focus();
  }

  #sending(on: boolean): void {
    const sending = maybe("sending");
    const failed = maybe("sending-failed");
    const button = this.form.querySelector<HTMLButtonElement>('button[type="submit"]');
    if (sending) sending.hidden = !on;
    if (failed && on) failed.hidden = true;
    if (button) button.disabled = on;
    if (on) maybe("stop-sending")?.focus();
  }
}
