// One calm sentence at a time about what the map can't do now. The sentences are in the page's HTML.

type Message =
  | "loading"
  | "tiles"
  | "places"
  | "here-none"
  | "locate-none"
  | "locate-denied"
  | "locate-failed"
  | "locate-found";

/** Messages that somebody closed: they stay away until they could be said again for a new reason. */
const closed = new Set<Message>();

export function say(message: Message): void {
  if (!closed.has(message)) sentence(message).hidden = false;
}

export function unsay(...messages: Message[]): void {
  for (const message of messages) {
    closed.delete(message);
    sentence(message).hidden = true;
  }
}

/** Let a message's buttons work: one tries again, one closes it. */
export function answer(message: Message, retry: () => void): void {
  const button = (name: string) => sentence(message).querySelector(`[data-answer="${name}"]`);
  button("retry")?.addEventListener("click", () => {
    unsay(message);
    retry();
  });
  button("close")?.addEventListener("click", () => {
    unsay(message);
    closed.add(message);
  });
}

function sentence(message: Message): HTMLElement {
  const found = document.querySelector<HTMLElement>(`[data-message="${message}"]`);
  if (!found) throw new Error(`No message ${message}`);
  return found;
}
