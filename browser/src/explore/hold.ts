// A picture in the reader's hand: sliders that redraw it, and for one that goes on by itself Start and Pause.

import { keepOffline } from "../offline.ts";
import { loading } from "../progress.ts";
import { type Choice, Controls, type Slider } from "./controls.ts";
import { Picture, type View } from "./picture.ts";
import { source } from "./pictures.ts";

interface Facts {
  controls: (Slider | Choice)[];
  moves: boolean;
}

type Wish = "" | "move" | "again";

const QUIET = 700; // milliseconds without a change after which the numbers are read out
const PACE = 60; // milliseconds between two drawings of a picture that goes on by itself
const TEN = 10;

class Held {
  private readonly bar: HTMLElement;
  private readonly state: HTMLElement;
  private readonly facts: Facts;
  private readonly controls: Controls;
  private readonly live = document.createElement("p");
  private readonly still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  private readonly go = button("Start");
  private picture!: Picture;
  private working: Promise<unknown> | null = null;
  private waiting = false;
  private playing = false;
  private timer = 0;

  constructor(private readonly figure: HTMLElement) {
    this.bar = figure.querySelector<HTMLElement>(":scope > .controls")!;
    this.state = this.bar.querySelector(".state")!;
    this.facts = JSON.parse(figure.querySelector(":scope > script")!.textContent!) as Facts;
    this.controls = new Controls(this.facts.controls, () => void this.changed());
    this.live.className = "run-live";
    this.live.setAttribute("role", "status");
    this.live.setAttribute("aria-live", "polite");
  }

  /** Fetch Python and the picture's file; then put the controls in the place of the button. */
  async begin(): Promise<void> {
    const code = await source(this.figure.dataset["explore"]!);
    this.picture = new Picture(this.figure, code, (progress) => {
      this.say(loading(progress));
      this.bar.style.setProperty("--done", progress.total ? `${(100 * progress.loaded) / progress.total}%` : "0%");
      this.bar.classList.toggle("loading", progress.total > 0);
    });
    let view: View;
    try {
      view = await this.picture.show(this.facts.moves ? "again" : "", this.controls.values);
    } finally {
      this.bar.classList.remove("loading");
    }
    const buttons = document.createElement("div");
    buttons.className = "buttons";
    buttons.append(...(this.facts.moves ? this.movers() : [this.resetter()]));
    this.figure.classList.add("held");
    this.bar.replaceChildren(...this.controls.elements, buttons, this.state, this.live);
    this.shown(view);
    this.bar.querySelector<HTMLElement>(this.facts.moves ? "button" : "input")!.focus({ preventScroll: true });
    void keepOffline();
    if (this.facts.moves && !this.still) void this.play();
  }

  private resetter(): HTMLButtonElement {
    const made = button("Reset");
    made.addEventListener("click", () => {
      this.controls.reset();
      void this.changed();
    });
    return made;
  }

  private movers(): HTMLButtonElement[] {
    const [step, ten, again] = [button("Step"), button("Ten steps"), button("Again")];
    this.go.addEventListener("click", () => (this.playing ? this.running(false) : void this.play()));
    step.addEventListener("click", () => void this.steps(1));
    ten.addEventListener("click", () => void this.steps(TEN));
    again.addEventListener("click", () => void this.again());
    return this.still ? [step, ten, again] : [this.go, step, again];
  }

  /** A slider was moved. What comes while something is being drawn is drawn once after it, as it is then. */
  private async changed(): Promise<void> {
    if (this.playing || this.waiting) return; // the next step looks at the sliders by itself
    this.waiting = true;
    await this.free();
    this.waiting = false;
    await this.draw("");
  }

  /** @returns whether the picture could go on from here. */
  private async draw(wish: Wish): Promise<boolean> {
    const work = this.picture.show(wish, this.controls.values);
    this.working = work;
    try {
      const view = await work;
      this.shown(view);
      return !view.done;
    } catch (error) {
      const why = (error as Error).message;
      this.say(why === "stopped" ? "Stopped. It begins anew when you go on." : why, true);
      return false;
    } finally {
      if (this.working === work) this.working = null;
    }
  }

  private shown(view: View): void {
    this.controls.say(view.texts);
    this.say(view.done ? "It goes no further: press Again, or take other values." : "");
    window.clearTimeout(this.timer);
    // Read out when it has come to rest, not at every step on the way.
    this.timer = window.setTimeout(() => (this.live.textContent = view.says), QUIET);
  }

  private async play(): Promise<void> {
    this.running(true);
    while (this.playing && (await this.free()) && (await this.draw("move"))) await pause();
    this.running(false);
  }

  private running(on: boolean): void {
    this.playing = on;
    this.go.textContent = on ? "Pause" : "Start";
  }

  private async steps(count: number): Promise<void> {
    this.running(false);
    for (let done = 0; done < count && (await this.free()); done += 1) {
      if (!(await this.draw("move"))) break;
    }
  }

  private async again(): Promise<void> {
    await this.free();
    await this.draw("again");
  }

  /** Wait until nothing is being drawn. */
  private async free(): Promise<true> {
    while (this.working) await this.working.catch(() => {});
    return true;
  }

  private say(words: string, trouble = false): void {
    this.state.textContent = words;
    this.state.classList.toggle("trouble", trouble);
  }
}

function button(words: string): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = words;
  return made;
}

/** Let the page paint, and the reader press something. A page that is not looked at waits. */
function pause(): Promise<void> {
  return new Promise((resolve) => window.setTimeout(() => requestAnimationFrame(() => resolve()), PACE));
}

/** Put a picture into the reader's hand. */
export function hold(figure: HTMLElement): Promise<void> {
  return new Held(figure).begin();
}
