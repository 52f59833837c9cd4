// Runs the programs of a page from top to bottom, by their buttons, as a reader would.
// Gives for each what stood below it at build and what stands there now.
async () => {
  const below = (program) => {
    const found = [];
    let next = program.nextElementSibling;
    for (; next?.matches("div.shown, figure.picture"); next = next.nextElementSibling) found.push(next);
    return found;
  };
  const all = (places, selector) => places.flatMap((place) => [...place.querySelectorAll(selector)]);
  const shown = (program) => {
    const away = document.querySelector(`.output[data-output="${program.dataset.program}"]`);
    const output = away ?? program.querySelector(":scope > .output");
    const parts = below(program);
    return {
      text: all(output ? [output] : [], "samp").map((each) => each.textContent.trimEnd()).join("\n"),
      tables: parts.filter((each) => each.matches(".shown")).map((each) => each.textContent.trim()),
      pictures: all(parts, "svg[role=img], img").map((each) => each.tagName),
      words: all(parts, "svg text").map((each) => each.textContent.trim()),
    };
  };
  const done = /^(Ran here|Ended|Not run|Stopped|This did not load|Python broke down)/;
  const programs = [...document.querySelectorAll(".program[data-program]:not([data-needs])")];
  const built = programs.map(shown);
  const ran = [];
  for (const [place, program] of programs.entries()) {
    program.querySelector("[data-action=run]").click();
    const state = program.querySelector(".runbar .state");
    const began = performance.now();
    while (program.matches(".busy") || !done.test(state.textContent)) {
      if (performance.now() - began > 240_000) break;
      await new Promise((wake) => setTimeout(wake, 10));
    }
    const stale = program.matches(".stale");
    const code = program.querySelector("pre").textContent;
    ran.push({ line: program.dataset.line, code, state: state.textContent, stale, built: built[place], now: shown(program) });
  }
  return ran;
}
