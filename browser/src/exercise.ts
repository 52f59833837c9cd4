// Check, at an exercise: the reader's program runs, and after it the tests, in names that are gone afterwards.

import type { Outcome, Raised } from "./engine.ts";
import { text } from "./output.ts";
import { attempt } from "./run.ts";

const PASSED = "Passed: your program does what the tests ask. The answer is open below, to compare.";
const ENDED = "Your program ended in an error, so the tests did not begin.";
const BROKE = "The tests could not be done: what your program made ended in an error.";

/** Run the program of an exercise and its tests, and tell the reader what they say. */
export async function check(program: HTMLElement): Promise<void> {
  const name = program.dataset["exercise"]!;
  const tests = document.querySelector<HTMLElement>(`[data-check="${name}"]`);
  const code = tests?.querySelector("pre > code")?.textContent;
  if (!tests || !code) throw new Error(`there are no tests for ${name}`);
  const verdict = verdictOf(program);
  forget(verdict);
  const outcome = await attempt(program, code);
  if (typeof outcome === "string") say(verdict, "trouble", outcome);
  else tell(verdict, outcome);
  if (passed(outcome)) open(tests);
}

/** The place for what the tests say. A screen reader is told when it changes. */
function verdictOf(program: HTMLElement): HTMLElement {
  const found = program.querySelector<HTMLElement>(":scope > .verdict");
  if (found) return found;
  const made = document.createElement("div");
  made.setAttribute("role", "status");
  made.setAttribute("aria-live", "polite");
  program.querySelector(":scope > .runbar")!.after(made);
  forget(made);
  program.addEventListener("edited", () => forget(made)); // it spoke of another text
  return made;
}

function forget(verdict: HTMLElement): void {
  verdict.className = "verdict";
  verdict.replaceChildren();
}

function passed(outcome: Outcome | string): boolean {
  return typeof outcome !== "string" && !outcome.stopped && !outcome.raised && !outcome.then;
}

function tell(verdict: HTMLElement, outcome: Outcome): void {
  const said = outcome.text.trimEnd();
  const printed = said ? [text(said, "")] : [];
  if (outcome.stopped) say(verdict, "trouble", "Stopped.");
  else if (outcome.raised) say(verdict, "trouble", ENDED, ...printed, trace(outcome.raised));
  else if (!outcome.then) say(verdict, "passed", PASSED, ...printed);
  else if (sentence(outcome.then)) say(verdict, "failed", `Not yet. ${sentence(outcome.then)}`, ...printed);
  else say(verdict, "trouble", BROKE, ...printed, trace(outcome.then));
}

/** What a test says that failed; nothing where it was another error. */
function sentence({ class: kind, text: said }: Raised): string {
  return kind === "AssertionError" ? said.replace(/^AssertionError(: )?/, "") : "";
}

function trace(raised: Raised): HTMLElement {
  return text(raised.traceback.trimEnd() || raised.text, "error");
}

function say(verdict: HTMLElement, kind: string, words: string, ...more: HTMLElement[]): void {
  const line = document.createElement("p");
  line.textContent = words;
  verdict.className = `verdict ${kind}`;
  verdict.replaceChildren(line, ...more);
}

/** Open the answer in which the tests stand. */
function open(tests: HTMLElement): void {
  for (let around = tests.parentElement; around; around = around.parentElement) {
    if (around instanceof HTMLDetailsElement) around.open = true;
  }
}
