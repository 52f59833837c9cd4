// Sliders and choices, with their names and values in words, as a picture's Python asks for them.

import type { Values } from "./picture.ts";

export interface Slider {
  name: string;
  label: string;
  value: number;
  min: number;
  max: number;
  step: number;
}

export interface Choice {
  name: string;
  label: string;
  value: string;
  choices: string[];
}

export class Controls {
  readonly elements: HTMLElement[];
  private readonly fields = new Map<string, { input: HTMLInputElement | HTMLSelectElement; words: HTMLElement }>();

  constructor(
    private readonly wanted: (Slider | Choice)[],
    changed: () => void,
  ) {
    this.elements = wanted.map((each) => this.field(each));
    for (const { input } of this.fields.values()) input.addEventListener("input", changed);
  }

  get values(): Values {
    const all = this.wanted.map(({ name }) => {
      const { input } = this.fields.get(name)!;
      return [name, input instanceof HTMLInputElement ? input.valueAsNumber : input.value];
    });
    return Object.fromEntries(all) as Values;
  }

  /** Set all as they were in the book. */
  reset(): void {
    for (const { name, value } of this.wanted) this.fields.get(name)!.input.value = String(value);
  }

  /** Say in words where they stand. */
  say(texts: Record<string, string>): void {
    for (const [name, text] of Object.entries(texts)) {
      const { input, words } = this.fields.get(name)!;
      words.textContent = text;
      input.setAttribute("aria-valuetext", text);
    }
  }

  private field(wish: Slider | Choice): HTMLElement {
    const label = document.createElement("label");
    const name = document.createElement("span");
    name.textContent = wish.label;
    const words = document.createElement("span");
    words.className = "value";
    const input = "choices" in wish ? choice(wish) : slider(wish);
    input.setAttribute("aria-label", wish.label);
    label.append(name, words, input);
    label.classList.toggle("choice", "choices" in wish);
    this.fields.set(wish.name, { input, words });
    return label;
  }
}

function slider({ min, max, step, value }: Slider): HTMLInputElement {
  const made = document.createElement("input");
  made.type = "range";
  Object.assign(made, { min: String(min), max: String(max), step: String(step), value: String(value) });
  return made;
}

function choice({ choices, value }: Choice): HTMLSelectElement {
  const made = document.createElement("select");
  made.append(...choices.map((each) => new Option(each, each, each === value, each === value)));
  return made;
}
