// Explore: below each picture that can be taken hold of, a button. All else is fetched when it is pressed.

for (const figure of document.querySelectorAll<HTMLElement>("figure.explore")) {
  const controls = figure.querySelector<HTMLElement>(":scope > .controls");
  const facts = figure.querySelector(":scope > script");
  if (!controls || !facts) continue;
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = JSON.parse(facts.textContent!).moves ? "Start the training" : "Take hold of it";
  const state = document.createElement("span");
  state.className = "state";
  controls.append(button, state);
  button.addEventListener("click", () => {
    if (button.getAttribute("aria-disabled") === "true") return;
    button.setAttribute("aria-disabled", "true");
    void begin(figure, state).catch((error: Error) => {
      state.textContent = `${error.message} Press again to try anew.`;
      state.classList.add("trouble");
      button.removeAttribute("aria-disabled");
    });
  });
}

async function begin(figure: HTMLElement, state: HTMLElement): Promise<void> {
  state.classList.remove("trouble");
  state.textContent = "Loading…";
  const { hold } = await import("./hold.ts");
  await hold(figure);
}
