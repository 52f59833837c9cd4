// What a program printed and showed, in the same elements and classes as the build's (literate/render.py).

import type { Raised } from "./engine.ts";

/** Characters in a line of output on the narrowest screen, as in literate/render.py. */
const NARROWEST = 40;

/** The results of one program on the page: text inside it, tables and one figure below it. */
export interface Results {
  output: HTMLElement | null;
  below: HTMLElement[];
}

/** Finds the results that stand on the page. */
export function find(program: HTMLElement): Results {
  const below: HTMLElement[] = [];
  let next = program.nextElementSibling;
  while (next?.matches("div.shown, figure.picture")) {
    below.push(next as HTMLElement);
    next = next.nextElementSibling;
  }
  const away = document.querySelector<HTMLElement>(`.output[data-output="${program.dataset["program"]}"]`);
  return { output: away ?? program.querySelector<HTMLElement>(":scope > .output"), below };
}

/** Puts results into the page, in the place of those that stand there. */
export function place(program: HTMLElement, results: Results): void {
  const old = find(program);
  for (const each of old.below) each.remove();
  if (old.output && results.output) old.output.replaceWith(results.output);
  else if (results.output) program.append(results.output);
  else old.output?.remove();
  program.after(...results.below);
  program.classList.toggle("has-output", results.output?.parentElement === program);
}

export interface Shown {
  text: string;
  errors: string;
  rich: [mime: string, data: string][];
  raised: Raised | null;
  warnings: string[];
}

/**
 * Makes the results of a run.
 *
 * @param plain whether to show no more than the book does: neither warnings nor a traceback.
 */
export function make(shown: Shown, built: Results, plain: boolean, away: string | undefined): Results {
  const parts: HTMLElement[] = [];
  const values = shown.rich.filter(([mime]) => mime === "text/plain").map(([, data]) => line(data));
  const said = (shown.text + values.join("")).trimEnd();
  if (said) parts.push(text(said, ""));
  if (!plain && shown.errors.trim()) parts.push(text(shown.errors.trimEnd(), "aside"));
  if (!plain) parts.push(...shown.warnings.map((warning) => text(warning, "aside")));
  if (shown.raised) parts.push(error(shown.raised, plain));
  return { output: parts.length ? output(parts, away) : null, below: [...tables(shown), ...pictures(shown, built)] };
}

export function output(parts: HTMLElement[], away?: string): HTMLElement {
  const made = document.createElement("div");
  made.className = "output";
  made.setAttribute("role", "group");
  made.setAttribute("aria-label", "Output");
  if (away) made.dataset["output"] = away;
  made.append(...parts);
  return made;
}

export function text(said: string, kind: string): HTMLElement {
  const made = document.createElement("pre");
  if (kind) made.className = kind;
  if (said.split("\n").some((line) => line.length > NARROWEST)) made.tabIndex = 0; // keys can scroll it
  const samp = document.createElement("samp");
  samp.textContent = `${said}\n`;
  made.append(samp);
  return made;
}

function line(data: string): string {
  return data.endsWith("\n") ? data : `${data}\n`;
}

/** An error: where it happened, and its last lines with the name of its class set off. */
function error(raised: Raised, plain: boolean): HTMLElement {
  const made = text("", "error");
  const samp = made.firstElementChild!;
  const [, name, message] = /^([^:]*)([^]*)$/.exec(raised.text)!;
  const strong = document.createElement("strong");
  strong.textContent = name!;
  const where = plain ? "" : raised.traceback.trimEnd();
  const before = where.endsWith(raised.text) ? where.slice(0, -raised.text.length) : where && `${where}\n`;
  samp.replaceChildren(before, strong, `${message}\n`);
  return made;
}

function tables(shown: Shown): HTMLElement[] {
  return shown.rich
    .filter(([mime]) => mime === "text/html")
    .map(([, data]) => {
      const made = document.createElement("div");
      made.className = "shown";
      made.innerHTML = data; // the reader's own program wrote it
      return made;
    });
}

/** The figure, with the number and caption that the book gave it. */
function pictures(shown: Shown, built: Results): HTMLElement[] {
  const drawn = shown.rich.filter(([mime]) => mime.startsWith("image/"));
  if (!drawn.length) return [];
  const first = built.below.find((each) => each.matches("figure"));
  const figure = (first?.cloneNode(true) as HTMLElement | undefined) ?? document.createElement("figure");
  figure.classList.add("picture");
  for (const old of figure.querySelectorAll(":scope > .canvas")) old.remove();
  figure.prepend(
    ...drawn.map(([, data]) => {
      const canvas = document.createElement("div");
      canvas.className = "canvas";
      canvas.innerHTML = data;
      return canvas;
    }),
  );
  return [figure];
}

/** What those hear who do not see the picture: the book's words, as long as the program is the book's. */
export function described(program: HTMLElement, built: Results, verified: boolean) {
  const number = Number(program.dataset["program"]) + 1;
  const figure = built.below.find((each) => each.matches("figure"));
  const label = figure?.querySelector("figcaption .label")?.textContent;
  const words = [...(figure?.querySelectorAll("svg > desc") ?? [])].map((desc) => desc.textContent).join(" ");
  return {
    key: `run-${number}`,
    title: label ?? "Picture",
    description: verified && words ? words : `Drawn by program ${number} as it stands now.`,
  };
}
