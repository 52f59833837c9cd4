// Step: walks through a graph of the page along the pass that was recorded when the book was built.
//
// It needs no Python. The table below the graph has the words of every step; a few numbers beside
// it say which nodes and edges each step is about. The picture itself is lit up, and put back as it
// was when the reader closes the player.

type Row = [file: string, first: number, last: number];
type Vertex = [name: string, labelled: 0 | 1, operands?: number[], slopes?: string[], row?: Row | null];
type Path = [nodes: number[], slopes: string[], product: string];
type Hand = [
  kind: "hand",
  parent: number,
  line: number,
  added: string,
  before: string,
  after: string,
  node: number,
  operand: number,
  adjoint: string,
  paths: Path[] | number,
];
type Start = [kind: "start", end: number, line: number, added: string, before: string, after: string];
type Step = [kind: "leaves"] | [kind: "make", node: number] | [kind: "over", node: number, line: number] | Start | Hand;
interface Facts {
  file: string;
  listing: number[];
  nodes: Vertex[];
  steps: Step[];
}

const PACE = 1600; // milliseconds for a step when it plays
const SVG = "http://www.w3.org/2000/svg";
const MATH = "http://www.w3.org/1998/Math/MathML";
const ICONS = {
  first: "M3 3v10M13 3 7 8l6 5z",
  back: "M11 3 5 8l6 5z",
  play: "M4 2.5 13 8l-9 5.5z",
  pause: "M5 3v10M11 3v10",
  forward: "m5 3 6 5-6 5z",
  last: "M13 3v10M3 3l6 5-6 5z",
};

type Content = Element | string;

function made<T extends Element = HTMLElement>(
  tag: string,
  facts: Record<string, string> = {},
  ...content: Content[]
): T {
  return filled(document.createElement(tag), facts, content) as Element as T;
}

function drawn(tag: string, facts: Record<string, string | number> = {}, ...content: Content[]): SVGGraphicsElement {
  return filled(document.createElementNS(SVG, tag), facts, content) as SVGGraphicsElement;
}

function math(tag: string, ...content: Content[]): Element {
  return filled(document.createElementNS(MATH, tag), {}, content);
}

function filled(element: Element, facts: Record<string, string | number>, content: Content[]): Element {
  for (const [name, value] of Object.entries(facts)) element.setAttribute(name, String(value));
  element.append(...content);
  return element;
}

// The book's notation: a bar over the adjoint, one fraction for a slope.

function named(name: string): Element {
  const [, letter, index] = /^([a-zA-Z])(\d+)$/.exec(name) ?? [];
  return letter && index ? math("msub", math("mi", letter), math("mn", index)) : math("mi", name);
}

function bar(name: string): Element {
  const accent = math("mover", named(name), math("mo", "‾"));
  accent.setAttribute("accent", "true");
  return accent;
}

const d = (name: string): Element => math("mrow", math("mi", "∂"), named(name));
const slopeOf = (child: string, parent: string): Element => math("mfrac", d(child), d(parent));
const sign = (text: string): Element => math("mo", text);

function number(text: string, inside = true): Element {
  const digits = math("mn", text.replace("-", "−"));
  return inside && text.startsWith("-") ? math("mrow", sign("("), digits, sign(")")) : digits;
}

function between(parts: Element[], text: string): Element[] {
  return parts.flatMap((part, place) => (place ? [sign(text), part] : [part]));
}

function space(): Element {
  return filled(math("mspace"), { width: "1.2em" }, []);
}

function formula(...content: Element[]): Element {
  const whole = math("math", math("mrow", ...content));
  whole.setAttribute("display", "block");
  return whole;
}

// The picture.

class Picture {
  private readonly values: { box: SVGGraphicsElement; value: Element; adjoint: Element }[];
  private readonly before = new Map<Element, string | null>();
  private readonly marks = drawn("g", { class: "step-marks" });

  constructor(
    readonly svg: SVGSVGElement,
    private readonly nodes: Vertex[],
  ) {
    this.values = nodes.map((_, place) => this.numbers(this.node(`n${place}`)));
    for (const { value, adjoint } of this.values) {
      for (const text of [value, adjoint]) this.before.set(text, text.textContent);
    }
    svg.querySelector("g.graph")?.append(this.marks);
  }

  static all(svg: Element): string {
    return [...svg.querySelectorAll("[data-node]")]
      .map((node) => node.getAttribute("data-node") + (node.textContent ?? ""))
      .join("|");
  }

  private node(name: string): SVGGraphicsElement {
    return this.svg.querySelector<SVGGraphicsElement>(`[data-node="${name}"]`)!;
  }

  // In the box of a value stand its label, if any, and then: value, a number, grad, a number.
  private numbers(box: SVGGraphicsElement) {
    const texts = [...box.querySelectorAll("text")];
    return { box, value: texts.at(-3)!, adjoint: texts.at(-1)! };
  }

  private edge(child: number, operand: number): SVGGraphicsElement | undefined {
    const operands = this.nodes[child]![2]!;
    const parent = operands[operand]!;
    const twins = operands.slice(0, operand).filter((each) => each === parent).length;
    return [...this.svg.querySelectorAll<SVGGraphicsElement>(`[data-edge="n${parent} n${child}_op"]`)][twins];
  }

  private around(child: number): (Element | null | undefined)[] {
    const into = this.nodes[child]![2]?.map((_, operand) => this.edge(child, operand)) ?? [];
    return [
      this.node(`n${child}`),
      this.node(`n${child}_op`),
      this.svg.querySelector(`[data-edge="n${child}_op n${child}"]`),
      ...into,
    ];
  }

  clear(): void {
    for (const each of this.svg.querySelectorAll("[data-node], [data-edge]"))
      each.classList.remove("unknown", "lit", "gets", "speaks");
    for (const [text, was] of this.before) text.textContent = was;
    this.marks.replaceChildren();
    this.svg.classList.remove("stepping");
  }

  show(facts: Facts, at: number): void {
    this.clear();
    this.svg.classList.add("stepping");
    const past = facts.steps.slice(0, at + 1);
    const known = new Set(past.flatMap((step) => (step[0] === "make" ? [step[1]] : [])));
    const adjoints = facts.nodes.map(() => "0.0");
    for (const step of past) if (step[0] === "start" || step[0] === "hand") adjoints[step[1]] = step[5];
    this.values.forEach(({ box, adjoint }, place) => {
      adjoint.textContent = adjoints[place]!;
      const [name, labelled, operands] = facts.nodes[place]!;
      if (operands && !known.has(place)) for (const each of this.around(place)) each?.classList.add("unknown");
      if (!labelled) this.name(box, name);
    });
    this.light(facts.steps[at]!);
  }

  private light(step: Step): void {
    if (step[0] === "leaves") {
      this.nodes.forEach((node, place) => node[2] || this.node(`n${place}`).classList.add("lit"));
    } else if (step[0] === "make") {
      for (const each of this.around(step[1])) each?.classList.add("lit");
      this.nodes[step[1]]![2]!.forEach((_, operand) => this.slope(step[1], operand));
    } else if (step[0] === "over") {
      this.node(`n${step[1]}`).classList.add("speaks");
    } else {
      this.node(`n${step[1]}`).classList.add("gets");
      this.add(this.values[step[1]]!.box, `+ ${step[3]}`);
    }
    if (step[0] !== "hand") return;
    const [, , , , , , node, operand] = step;
    this.node(`n${node}`).classList.add("speaks");
    const [, op, out] = this.around(node);
    for (const each of [op, out, this.edge(node, operand)]) each?.classList.add("lit");
    this.slope(node, operand);
  }

  // The three notes that are written into the picture.

  private name(box: SVGGraphicsElement, name: string): void {
    const { x, y } = shape(box);
    const [, letter, index] = /^([a-zA-Z])(\d+)$/.exec(name)!;
    this.marks.append(
      drawn("text", { class: "name", x: x + 2, y: y - 4 }, letter!, drawn("tspan", { dy: 2, "font-size": 6 }, index!)),
    );
  }

  private add(box: SVGGraphicsElement, text: string): void {
    const { x, y, width, height } = shape(box);
    this.marks.append(
      drawn("text", { class: "added", x: x + width - 2, y: y + height + 9, "text-anchor": "end" }, text),
    );
  }

  private slope(child: number, operand: number): void {
    const edge = this.edge(child, operand);
    const path = edge?.querySelector("path");
    if (!edge || !path || edge.querySelector("text")) return; // the picture has it already
    const { x, y } = path.getPointAtLength(path.getTotalLength() * 0.45);
    const text = this.nodes[child]![3]![operand]!;
    this.marks.append(drawn("text", { class: "slope", x, y: y - 2, "text-anchor": "middle" }, text));
  }
}

function shape(box: SVGGraphicsElement): DOMRect {
  return box.querySelector<SVGGraphicsElement>("path, polygon")!.getBBox();
}

// The lines of source.

class Source {
  readonly whole = made("div", { class: "sources" });
  private readonly boxes = new Map<string, HTMLElement>();

  constructor(facts: Facts) {
    const wanted = new Map<string, Set<number>>();
    const want = (file: string, lines: number[]) => wanted.set(file, new Set([...(wanted.get(file) ?? []), ...lines]));
    for (const [, , , , row] of facts.nodes) if (row) want(row[0], range(row[1], row[2]));
    want(facts.file, facts.listing);
    const template = document.querySelector<HTMLTemplateElement>("#step-lines");
    for (const [file, lines] of wanted) {
      const found = template?.content.querySelector(`[data-file="${file}"]`);
      if (!found) continue;
      const box = found.cloneNode(true) as HTMLElement;
      const kept = [...box.querySelectorAll<HTMLElement>(".line")].filter((line) => lines.has(Number(line.dataset.n)));
      box.querySelector("code")!.replaceChildren(...spaced(kept));
      this.boxes.set(file, box);
      this.whole.append(box);
    }
  }

  // The address leads to where the book explains these lines.
  show(address: string | undefined, file: string | undefined, first = 0, last = first): void {
    for (const [name, box] of this.boxes) {
      box.hidden = name !== file;
      const told = box.querySelector<HTMLAnchorElement>("a.told")!;
      told.hidden = !address;
      if (address) told.href = address;
      for (const line of box.querySelectorAll<HTMLElement>(".line")) {
        const n = Number(line.dataset.n);
        line.classList.toggle("lit", name === file && first <= n && n <= last);
      }
    }
  }
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, place) => first + place);
}

function spaced(lines: HTMLElement[]): (Element | string)[] {
  return lines.flatMap((line, place) => {
    const before = lines[place - 1];
    const gap = before && Number(before.dataset.n) + 1 < Number(line.dataset.n);
    return [...(gap ? [made("span", { class: "gap", "data-gap": "⋯" }), "\n"] : []), line, "\n"];
  });
}

// The player.

class Player {
  private readonly facts: Facts;
  private readonly rows: HTMLTableRowElement[];
  private readonly text: string;
  private picture: Picture;
  private source: Source;
  private at = 0;
  private timer: number | undefined;

  private readonly buttons = Object.fromEntries(
    (["first", "back", "play", "forward", "last"] as const).map((name) => [
      name,
      made<HTMLButtonElement>("button", { type: "button" }),
    ]),
  ) as Record<"first" | "back" | "play" | "forward" | "last", HTMLButtonElement>;
  private readonly slider: HTMLInputElement;
  private readonly count = made("span", { class: "count", "aria-hidden": "true" });
  private readonly says = made("p", { class: "says", "aria-live": "polite" });
  private readonly formulas = made("div", { class: "formulas" });

  constructor(
    private readonly details: HTMLDetailsElement,
    svg: SVGSVGElement,
  ) {
    this.facts = JSON.parse(details.querySelector("script")!.textContent!) as Facts;
    this.rows = [...details.querySelector("table")!.tBodies[0]!.rows];
    this.text = Picture.all(svg);
    this.picture = new Picture(svg, this.facts.nodes);
    this.source = new Source(this.facts);
    this.slider = made("input", {
      type: "range",
      min: "0",
      max: String(this.rows.length - 1),
      value: "0",
      "aria-label": "Step",
    });
    this.build();
    details.addEventListener("toggle", () => (details.open ? this.go(this.at) : this.close()));
    // A program that is run anew puts a new picture there.
    const watch = new MutationObserver(() => this.follow());
    watch.observe(details.parentElement!, {
      childList: true,
      subtree: true,
      attributes: true,
      attributeFilter: ["hidden"],
    });
    if (details.open) this.go(0);
  }

  private build(): void {
    const { first, back, play, forward, last } = this.buttons;
    const acts: [HTMLButtonElement, keyof typeof ICONS, string, () => void][] = [
      [first, "first", "First step", () => this.go(0)],
      [back, "back", "Step back", () => this.go(this.at - 1)],
      [play, "play", "Play", () => this.toggle()],
      [forward, "forward", "Step forward", () => this.go(this.at + 1)],
      [last, "last", "Last step", () => this.go(this.end)],
    ];
    for (const [button, icon, label, act] of acts) {
      face(button, icon, label);
      button.addEventListener("click", () => {
        if (button !== play) this.stop();
        act();
      });
    }
    this.slider.addEventListener("input", () => {
      this.stop();
      this.go(this.slider.valueAsNumber);
    });
    this.slider.addEventListener("keydown", (event) => {
      if (event.key !== " ") return;
      event.preventDefault(); // the page would scroll
      this.toggle();
    });
    const controls = made("div", { class: "controls" }, first, back, play, forward, last, this.slider, this.count);
    const label = this.details.dataset.label ?? "";
    const player = made(
      "div",
      { class: "player", role: "group", "aria-label": label },
      controls,
      this.says,
      this.formulas,
      this.source.whole,
    );
    const all = made("details", { class: "all" }, made("summary", {}, "All steps as a table"));
    const table = this.details.querySelector(".steps")!;
    table.before(player, all);
    all.append(table);
  }

  private get end(): number {
    return this.rows.length - 1;
  }

  private go(wish: number): void {
    this.at = Math.max(0, Math.min(this.end, wish));
    const step = this.facts.steps[this.at]!;
    this.picture.show(this.facts, this.at);
    const words = this.rows[this.at]!.cells[1]!.cloneNode(true) as HTMLElement;
    this.says.replaceChildren(...words.childNodes);
    this.formulas.replaceChildren(...this.written(step));
    this.lines(step);
    this.slider.value = String(this.at);
    this.slider.setAttribute("aria-valuetext", `${this.at} of ${this.end}`);
    this.count.textContent = `${this.at} / ${this.end}`;
    for (const name of ["first", "back"] as const) this.disable(this.buttons[name], this.at === 0);
    for (const name of ["forward", "last"] as const) this.disable(this.buttons[name], this.at === this.end);
    this.bringIntoView();
  }

  // Not by the attribute `disabled`: the keyboard's place would be lost.
  private disable(button: HTMLButtonElement, off: boolean): void {
    button.setAttribute("aria-disabled", String(off));
  }

  private lines(step: Step): void {
    const address = this.rows[this.at]!.querySelector("a")?.href;
    if (step[0] === "make") {
      const row = this.facts.nodes[step[1]]![4];
      this.source.show(address, row?.[0], row?.[1], row?.[2]);
    } else if (step[0] === "leaves") {
      this.source.show(address, this.facts.nodes.find((node) => node[4])?.[4]?.[0]);
    } else {
      this.source.show(address, this.facts.file, step[2]);
    }
  }

  private written(step: Step): Element[] {
    const name = (place: number) => this.facts.nodes[place]![0];
    if (step[0] === "make") {
      const [made, , operands, slopes] = this.facts.nodes[step[1]]!;
      const all = operands!.map((operand, place) =>
        math("mrow", slopeOf(made, name(operand)), sign("="), number(slopes![place]!, false)),
      );
      return all.length > 4 ? [] : [formula(...all.flatMap((each) => [each, space()]))];
    }
    if (step[0] === "start") {
      const end = name(step[1]);
      return [formula(bar(end), sign("="), slopeOf(end, end), sign("="), number(step[5], false))];
    }
    if (step[0] !== "hand") return [];
    const [, parent, , , before, after, node, operand, adjoint, paths] = step;
    const slope = this.facts.nodes[node]![3]![operand]!;
    const [to, from] = [name(parent), name(node)];
    const sum = formula(
      bar(to),
      sign("←"),
      bar(to),
      sign("+"),
      bar(from),
      sign("·"),
      slopeOf(from, to),
      sign("="),
      number(before),
      sign("+"),
      number(adjoint),
      sign("·"),
      number(slope),
      sign("="),
      number(after, false),
    );
    if (typeof paths === "number") {
      return [
        sum,
        made(
          "p",
          { class: "path" },
          `${paths} paths lead from the end to this edge; the adjoint is the sum over all of them.`,
        ),
      ];
    }
    return [sum, ...paths.flatMap((path) => this.along(path))];
  }

  private along([nodes, slopes, product]: Path): Element[] {
    if (nodes.length < 3) return []; // one edge: the sum above says it all
    const names = nodes.map((place) => this.facts.nodes[place]![0]);
    const edges = names.slice(1).map((to, place) => slopeOf(names[place]!, to));
    const numbers = slopes.map((slope) => number(slope));
    return [
      made("p", { class: "path" }, `Along the path ${names.join(" → ")}:`),
      formula(...between(edges, "·"), sign("="), ...between(numbers, "·"), sign("="), number(product, false)),
    ];
  }

  private bringIntoView(): void {
    const canvas = this.picture.svg.closest(".canvas");
    const lit = this.picture.svg.querySelector(".gets, .speaks, .node.lit");
    if (!canvas || !lit || canvas.scrollWidth <= canvas.clientWidth) return;
    const [there, frame] = [lit.getBoundingClientRect(), canvas.getBoundingClientRect()];
    const off = there.left + there.width / 2 - frame.left - frame.width / 2;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    canvas.scrollBy({ left: off, behavior: still ? "instant" : "smooth" });
  }

  private toggle(): void {
    if (this.timer !== undefined) return this.stop();
    this.says.setAttribute("aria-live", "off"); // a voice could not keep up
    face(this.buttons.play, "pause", "Pause");
    if (this.at === this.end) this.go(0);
    this.timer = window.setInterval(() => {
      if (this.at + 1 >= this.end) this.stop();
      this.go(this.at + 1);
    }, PACE);
  }

  private stop(): void {
    if (this.timer === undefined) return;
    window.clearInterval(this.timer);
    this.timer = undefined;
    this.says.setAttribute("aria-live", "polite");
    face(this.buttons.play, "play", "Play");
  }

  private close(): void {
    this.stop();
    this.picture.clear();
  }

  // To hide what is hidden would count as a change, and wake the watch again, for ever. So would a new
  // face for the button in `stop`, which does nothing where nothing plays.
  private hide(wish: boolean): void {
    if (this.details.hidden !== wish) this.details.hidden = wish;
  }

  // If the picture was replaced by one that shows the same, go on with that one; else wait, out of sight.
  private follow(): void {
    const there = (svg: Element) => svg.isConnected && !svg.closest("[hidden]");
    if (there(this.picture.svg)) return this.hide(false);
    this.picture.clear(); // it may come back
    const fresh = pictures(this.details).find((svg) => there(svg) && Picture.all(svg) === this.text);
    this.hide(!fresh);
    if (!fresh) return this.stop();
    if (this.picture.svg !== fresh) this.picture = new Picture(fresh, this.facts.nodes);
    if (this.details.open) this.go(this.at);
  }
}

function face(button: HTMLButtonElement, icon: keyof typeof ICONS, label: string): void {
  const path = drawn("path", { d: ICONS[icon] });
  button.replaceChildren(drawn("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" }, path));
  button.setAttribute("aria-label", label);
  button.title = label;
}

// The graphs between a program and its player.
function pictures(details: Element): SVGSVGElement[] {
  const found: SVGSVGElement[] = [];
  for (
    let above = details.previousElementSibling;
    above && !above.matches(".program");
    above = above.previousElementSibling
  ) {
    found.push(...above.querySelectorAll<SVGSVGElement>("svg.graph:has([data-node])"));
  }
  return found;
}

for (const details of document.querySelectorAll<HTMLDetailsElement>("details.step")) {
  const [svg] = pictures(details);
  if (svg) new Player(details, svg);
}
