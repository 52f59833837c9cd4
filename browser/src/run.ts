// The programs of a page: what has run, on what it stood, and what of that has changed since.
//
// Run shows what a program gives after those above it, as the book does. So the names of a page are made from
// top to bottom, always: when a program runs that has run before, or that stands above one that has, names
// begin anew, and what it stands on runs again. No result then hangs on the order of the clicks.

import type { Action } from "./book.ts";
import { engine, type Outcome, type Progress } from "./engine.ts";
import { described, find, make, output, place, type Results, text } from "./output.ts";
import { keepOffline } from "./offline.ts";
import { loading } from "./progress.ts";
import type { Editor } from "./editor.ts";

const SLOW = 300; // milliseconds after which a program is called running

class Program {
  readonly number: number;
  readonly after: Program[] = [];
  readonly original: string;
  readonly built: Results;
  source: string;
  editor: Editor | null = null;
  /** The text of all programs that the results on the page came from. */
  shown: string;
  note = "";
  /** Why the last Run came to nothing. */
  trouble = "";
  private readonly code: HTMLElement;
  private readonly colours: string;
  private readonly state: HTMLElement;
  private readonly bar: HTMLElement;

  constructor(readonly element: HTMLElement) {
    this.number = Number(element.dataset["program"]);
    this.code = element.querySelector("pre > code")!;
    this.colours = this.code.innerHTML;
    this.original = this.source = this.code.textContent ?? "";
    this.built = find(element);
    this.bar = element.querySelector(".runbar")!;
    this.state = this.bar.querySelector(".state")!;
    this.shown = "";
  }

  get name(): string {
    return `program ${this.number + 1}`;
  }

  get verified(): boolean {
    return [...this.after, this].every((each) => each.source === each.original);
  }

  /** The text that a run now would run. */
  get basis(): string {
    return [...this.after, this].map((each) => each.source).join("\f");
  }

  get chain(): Program[] {
    return [...this.after, this];
  }

  button(action: Action): HTMLButtonElement {
    return this.bar.querySelector(`[data-action="${action}"]`)!;
  }

  /** Words in the bar, and a progress bar where there is something to measure. */
  say(words: string, progress?: Progress): void {
    this.state.textContent = words;
    this.bar.style.setProperty("--done", progress?.total ? `${(100 * progress.loaded) / progress.total}%` : "0%");
    this.bar.classList.toggle("loading", Boolean(progress?.total));
  }

  /** Bring the marks up to date. */
  refresh(): void {
    const stale = this.shown !== this.basis;
    this.element.classList.toggle("stale", stale);
    for (const each of find(this.element).below) each.classList.toggle("stale", stale);
    this.button("reset").hidden = this.source === this.original && !this.note;
    this.say(this.trouble || (stale ? this.whyStale() : this.note));
  }

  private whyStale(): string {
    const before = this.shown.split("\f");
    const { output, below } = find(this.element);
    if (!output && !below.length) return "Edited.";
    if (before.at(-1) !== this.source) return "Edited: what stands below is of the text before.";
    const changed = this.after.filter((each, place) => each.source !== before[place]);
    const names = changed.map((each) => each.name).join(", ");
    return `Stale: ${names} above has changed since.`;
  }

  edited(source: string): void {
    this.source = source;
    this.code.textContent = source; // what the copy button copies
    this.element.dispatchEvent(new Event("edited"));
    page.forgive();
  }

  async edit(): Promise<void> {
    if (!this.editor) {
      const { open } = await import("./editor.ts");
      this.element.querySelector("details.fold")?.setAttribute("open", "");
      this.editor ??= open(this.code, {
        label: `${this.name[0]!.toUpperCase()}${this.name.slice(1)}`,
        change: (source) => this.edited(source),
        run: () => void page.run(this),
      });
    }
    this.editor.focus();
  }

  /** Bring back the verified text, and the output of the build. */
  reset(): void {
    this.editor?.close();
    this.editor = null;
    this.code.innerHTML = this.colours;
    this.source = this.original;
    this.element.dispatchEvent(new Event("edited"));
    this.note = this.trouble = "";
    this.shown = this.chain.map((each) => each.original).join("\f");
    place(this.element, this.built);
    this.button(this.button("reset").hidden ? "run" : "edit").focus();
  }

  busy(on: boolean): void {
    this.element.classList.toggle("busy", on);
    this.button("stop").hidden = !on;
    for (const each of this.bar.querySelectorAll('[data-action="run"], [data-action="check"]')) {
      each.setAttribute("aria-disabled", String(on));
    }
  }
}

class Page {
  readonly programs: Program[];
  private readonly live = liveRegion();
  /** What has run since names began, in order, as it was then. */
  private history: { program: Program; source: string }[] = [];
  private generation = 0;
  private line: Promise<unknown> = Promise.resolve();
  private calls = 0;

  constructor() {
    const elements = document.querySelectorAll<HTMLElement>(".program.has-bar:not([data-needs])");
    this.programs = [...elements].map((element) => new Program(element));
    const known = new Map(this.programs.map((program) => [program.number, program]));
    for (const program of this.programs) {
      const after = (program.element.dataset["after"] ?? "").split(" ").filter(Boolean).map(Number);
      program.after.push(...after.map((number) => known.get(number)!).filter(Boolean));
      program.shown = program.chain.map((each) => each.original).join("\f");
    }
  }

  of(element: HTMLElement): Program {
    return this.programs.find((program) => program.element === element)!;
  }

  refresh(): void {
    for (const program of this.programs) program.refresh();
  }

  /** A text has changed, so what could not run may run now. */
  forgive(): void {
    for (const program of this.programs) program.trouble = "";
    this.refresh();
  }

  announce(words: string): void {
    this.live.textContent = words;
  }

  /** Run a program when what was asked for before is done. */
  run(program: Program): Promise<void> {
    const call = this.calls;
    program.busy(true);
    const done = this.line.then(() => (call === this.calls ? this.runNow(program) : program.refresh()));
    this.line = done.finally(() => program.busy(false));
    return this.line as Promise<void>;
  }

  /**
   * Run a program and then a check, in names that are gone afterwards, when what was asked for before is done.
   *
   * @returns how they ended, or why they did not begin.
   */
  attempt(program: Program, check: string): Promise<Outcome | string> {
    const call = this.calls;
    program.busy(true);
    const done = this.line.then(() => (call === this.calls ? this.attemptNow(program, check) : "Stopped."));
    this.line = done.finally(() => program.busy(false)).catch(() => {}); // whoever asked is told
    return done;
  }

  stop(): void {
    this.calls += 1; // what waits in line is not to begin
    engine().stop();
  }

  /**
   * Run what a program stands on, so that the names are there.
   *
   * @returns null when all is well, else what the reader has to be told.
   */
  async prepare(program: Program, chain: Program[], tell: (words: string) => void): Promise<string | null> {
    if (!this.goesOn(program, chain)) this.history = [];
    const missing = chain.filter((each) => !this.history.some((past) => past.program === each));
    for (const [place, each] of missing.entries()) {
      const count = missing.length > 1 ? ` (${place + 1} of ${missing.length})` : "";
      tell(`Running ${each.name} first${count}…`);
      const outcome = await this.start(each, tell);
      if (outcome.stopped) return "Stopped.";
      if (failed(each, outcome)) {
        this.show(each, outcome);
        return `Not run: ${each.name}, on which it stands, ended in an error.`;
      }
    }
    return null;
  }

  /** Whether a program can run on the names as they are, and be as after all of the above. */
  private goesOn(program: Program, chain: Program[]): boolean {
    if (this.generation !== engine().generation || engine().state === "off") return false;
    const missing = chain.filter((each) => !this.history.some((past) => past.program === each));
    const last = Math.max(-1, ...this.history.map((past) => past.program.number));
    return (
      this.history.every((past) => past.source === past.program.source) &&
      [...missing, program].every((each) => each.number > last)
    );
  }

  private async runNow(program: Program): Promise<void> {
    const tell = (words: string, progress?: Progress) => program.say(words, progress);
    program.trouble = "";
    try {
      program.trouble = (await this.prepare(program, program.after, tell)) ?? "";
      if (!program.trouble) {
        const outcome = await this.start(program, tell, true);
        this.show(program, outcome);
        if (!outcome.stopped) void keepOffline();
      }
    } catch (error) {
      program.trouble = (error as Error).message;
    }
    this.refresh();
    this.announce(`${program.name}: ${program.trouble || program.note}`);
  }

  private async attemptNow(program: Program, check: string): Promise<Outcome | string> {
    const tell = (words: string, progress?: Progress) => program.say(words, progress);
    try {
      return (await this.prepare(program, program.after, tell)) ?? (await this.start(program, tell, false, check));
    } catch (error) {
      return (error as Error).message;
    } finally {
      this.refresh();
      this.announce(""); // what the check says is announced where it stands
    }
  }

  /** Hand one program to the engine; one with a check leaves no names behind. */
  private async start(
    program: Program,
    tell: (words: string, progress?: Progress) => void,
    open = false,
    check?: string,
  ): Promise<Outcome> {
    const seen = open || check !== undefined;
    const slow = window.setTimeout(() => seen && engine().state === "running" && tell("Running…"), SLOW);
    const stream = open ? new Stream(program) : null;
    const fresh = !this.history.length;
    const source = program.source;
    try {
      const outcome = await engine().run(
        {
          name: program.name,
          code: source,
          fresh,
          figure: described(program.element, program.built, program.verified),
          ...(check !== undefined && { scratch: true, then: check }),
        },
        {
          text: (_, said) => stream?.write(said),
          progress: (progress) => {
            tell(loading(progress), progress);
            if (!this.live.textContent) this.announce(loading(progress));
          },
        },
      );
      this.generation = engine().generation;
      if (check === undefined) this.history.push({ program, source });
      if (outcome.stopped) this.history = []; // half a program's names are nobody's names
      return outcome;
    } finally {
      window.clearTimeout(slow);
      stream?.end();
    }
  }

  private show(program: Program, outcome: Outcome): void {
    const expected = outcome.raised?.class === program.element.dataset["raises"];
    const plain = program.verified && (expected || !outcome.raised);
    const away = program.built.output?.dataset["output"];
    const raised = outcome.stopped ? null : outcome.raised;
    place(program.element, make({ ...outcome, raised }, program.built, plain, away));
    program.shown = program.basis;
    program.note = outcome.stopped
      ? "Stopped."
      : failed(program, outcome)
        ? "Ended in an error."
        : `Ran here, in ${duration(outcome.seconds)}.`;
  }
}

/** Output on its way: it replaces what stands there when its first words come. */
class Stream {
  private samp: Element | null = null;

  constructor(private readonly program: Program) {}

  write(said: string): void {
    if (!this.samp) {
      const pre = text("", "");
      this.samp = pre.firstElementChild!;
      this.samp.textContent = "";
      place(this.program.element, { output: output([pre], this.program.built.output?.dataset["output"]), below: [] });
    }
    this.samp.append(said);
  }

  end(): void {
    this.samp = null;
  }
}

function failed(program: Program, outcome: Outcome): boolean {
  return outcome.raised !== null && outcome.raised.class !== program.element.dataset["raises"];
}

function duration(seconds: number): string {
  if (seconds < 0.01) return "less than 0.01 s";
  return `${seconds < 10 ? seconds.toFixed(2) : seconds.toFixed(0)} s`;
}

function liveRegion(): HTMLElement {
  const made = document.createElement("div");
  made.className = "run-live";
  made.setAttribute("role", "status");
  made.setAttribute("aria-live", "polite");
  document.body.append(made);
  return made;
}

const page = new Page();

/** Run the program of an exercise, and then its check. */
export function attempt(element: HTMLElement, check: string): Promise<Outcome | string> {
  return page.attempt(page.of(element), check);
}

/** Do what a button of a program says. */
export async function act(element: HTMLElement, action: Exclude<Action, "check">): Promise<void> {
  const program = page.of(element);
  if (action === "run") await page.run(program);
  else if (action === "stop") page.stop();
  else if (action === "edit") await program.edit();
  else {
    program.reset();
    page.forgive();
  }
}
