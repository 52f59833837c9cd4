// What is too wide for the window scrolls in its own box. Whoever reads by keyboard has to be able to get there:
// such a box takes the focus, and then the arrow keys move it. Where all of it is in sight it takes none.
(() => {
  const BOXES = ".canvas, .md-typeset__scrollwrap, .md-typeset__table, .arithmatex, .math, .katex-display, .highlight code, .output pre";
  const look = () => {
    for (const box of document.querySelectorAll(BOXES)) {
      const hides = box.scrollWidth > box.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(box).overflowX);
      if (hides && !box.hasAttribute("tabindex")) {
        box.tabIndex = 0;
        box.dataset.scrolls = "";
      } else if (!hides && "scrolls" in box.dataset) {
        box.removeAttribute("tabindex");
        delete box.dataset.scrolls;
      }
    }
  };
  addEventListener("load", look);
  addEventListener("resize", look);
})();
