// On every page with programs: the buttons below them. All else is fetched when one is pressed.

export type Action = "run" | "check" | "stop" | "edit" | "reset";

interface Settings {
  notebook?: string;
}

const ICONS: Partial<Record<Action, string>> = {
  run: '<svg viewBox="0 0 10 10" aria-hidden="true"><path d="M2 1l7 4-7 4z"/></svg>',
  stop: '<svg viewBox="0 0 10 10" aria-hidden="true"><path d="M1.5 1.5h7v7h-7z"/></svg>',
};
const WORDS: Record<Action, string> = { run: "Run", check: "Check", stop: "Stop", edit: "Edit", reset: "Reset" };

function settings(): Settings {
  const found = document.getElementById("book-run");
  return found ? (JSON.parse(found.textContent || "{}") as Settings) : {};
}

function button(action: Action, name: string): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.dataset["action"] = action;
  made.innerHTML = `${ICONS[action] ?? ""}<span>${WORDS[action]}</span>`;
  made.setAttribute("aria-label", `${WORDS[action]} ${name}`);
  made.hidden = action === "stop" || action === "reset";
  return made;
}

/** The slim bar between a program and its output. */
function bar(program: HTMLElement, notebook: string | undefined): HTMLElement {
  const name = `program ${Number(program.dataset["program"]) + 1}`;
  const made = document.createElement("div");
  made.className = "runbar";
  made.setAttribute("role", "group");
  made.setAttribute("aria-label", name[0]!.toUpperCase() + name.slice(1));
  const state = document.createElement("span");
  state.className = "state";
  const needs = program.dataset["needs"];
  if (needs) state.append(...needed(needs, notebook));
  else made.append(...actions(program).map((action) => button(action, name)));
  made.append(state);
  return made;
}

function actions(program: HTMLElement): Action[] {
  return program.dataset["exercise"] ? ["run", "check", "stop", "edit", "reset"] : ["run", "stop", "edit", "reset"];
}

function needed(needs: string, notebook: string | undefined): (string | Node)[] {
  const words = `Needs ${needs}, so it does not run in a browser.`;
  if (!notebook) return [words];
  const link = document.createElement("a");
  link.href = notebook;
  link.download = "";
  link.textContent = "Take the chapter as a notebook";
  return [`${words} `, link];
}

async function press(program: HTMLElement, action: Action): Promise<void> {
  const state = program.querySelector(".runbar .state")!;
  try {
    if (action === "check") await (await import("./exercise.ts")).check(program);
    else await (await import("./run.ts")).act(program, action);
  } catch (error) {
    state.textContent = `This did not load: ${(error as Error).message}. Press again to try anew.`;
  }
}

function begin(): void {
  const { notebook } = settings();
  for (const program of document.querySelectorAll<HTMLElement>(".program[data-program]")) {
    const code = program.querySelector(":scope > .highlight, :scope > details.fold");
    if (!code) continue;
    code.after(bar(program, notebook));
    program.classList.add("has-bar");
  }
  document.addEventListener("click", (event) => {
    const pressed = (event.target as Element).closest<HTMLElement>(".runbar button");
    const program = pressed?.closest<HTMLElement>(".program");
    if (!pressed || !program || pressed.getAttribute("aria-disabled") === "true") return;
    void press(program, pressed.dataset["action"] as Action);
  });
}

begin();
