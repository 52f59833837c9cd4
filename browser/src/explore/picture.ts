// One picture and its Python: what the reader has set goes there, drawings and numbers come back.

import { engine, type Progress } from "../engine.ts";

export interface View {
  pictures: string[];
  /** Rows of cells; each begins with its colour, and the first row has the headings. */
  table: string[][];
  /** What stands beside the controls, by their names. */
  texts: Record<string, string>;
  /** The same in a sentence, for those who hear the page. */
  says: string;
  /** It goes no further by itself. */
  done?: boolean;
}

export type Values = Record<string, number | string>;

export class Picture {
  private generation = -1;

  constructor(
    private readonly figure: HTMLElement,
    private readonly source: string,
    private readonly tell: (progress: Progress) => void,
  ) {}

  /** Have Python do something, and show how the picture looks then. */
  async show(wish: "" | "move" | "again", values: Values): Promise<View> {
    const view = await this.ask(`${wish ? `${wish}(values)\n` : ""}view(values)`, values);
    const panels = this.figure.querySelectorAll(".panel");
    view.pictures.forEach((svg, place) => {
      panels[place]!.innerHTML = svg;
    });
    this.figure.querySelector("table.numbers")!.replaceChildren(...table(view.table));
    return view;
  }

  private async ask(code: string, values: Values): Promise<View> {
    const python = engine();
    // A Python that was stopped has forgotten the picture: then it is told anew.
    const known = python.generation === this.generation && python.state !== "off";
    const whole = known ? code : `${this.source}\n${code}`;
    const space = `explore ${this.figure.dataset["explore"]}`;
    try {
      const view = (await python.call(whole, values, space, { progress: this.tell })) as View;
      this.generation = python.generation;
      return view;
    } catch (error) {
      this.generation = -1;
      throw error;
    }
  }
}

function table([head, ...rows]: string[][]): HTMLElement[] {
  const top = row("th", head!);
  const body = document.createElement("tbody");
  body.append(...rows.map((cells) => row("td", cells)));
  const first = document.createElement("thead");
  first.append(top);
  return [first, body];
}

function row(tag: string, [ink, ...cells]: string[]): HTMLElement {
  const made = document.createElement("tr");
  for (const text of cells) {
    const cell = document.createElement(text ? tag : "td");
    cell.textContent = text;
    made.append(cell);
  }
  if (ink) made.firstElementChild!.className = ink;
  return made;
}
