// The editor in the place of a program's text. It is a chunk of its own, fetched at the first Edit.

import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { bracketMatching, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { EditorState, Prec } from "@codemirror/state";
import { drawSelection, EditorView, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";

export interface Editor {
  focus(): void;
  close(): void;
}

interface Wishes {
  label: string;
  change(source: string): void;
  run(): void;
}

const colour = (name: string) => ({ color: `var(--md-code-hl-${name}-color)` });

/** The colours of the page's own programs. */
const COLOURS = HighlightStyle.define([
  { tag: tags.comment, ...colour("comment"), fontStyle: "italic" },
  { tag: [tags.keyword, tags.modifier, tags.operatorKeyword, tags.controlKeyword], ...colour("keyword") },
  { tag: [tags.string, tags.special(tags.string)], ...colour("string") },
  { tag: tags.number, ...colour("number") },
  { tag: [tags.bool, tags.null], ...colour("constant") },
  {
    tag: [tags.definition(tags.function(tags.variableName)), tags.definition(tags.className)],
    ...colour("function"),
    fontWeight: "600",
  },
  { tag: tags.meta, ...colour("special") },
]);

/** Open an editor over a program's text. */
export function open(code: HTMLElement, { label, change, run }: Wishes): Editor {
  const source = code.textContent ?? "";
  const close = source.endsWith("\n") ? "\n" : "";
  const view = new EditorView({
    doc: source.slice(0, source.length - close.length),
    extensions: [
      lineNumbers(),
      history(),
      drawSelection(),
      indentOnInput(),
      bracketMatching(),
      python(),
      indentUnit.of("    "),
      EditorState.tabSize.of(4),
      syntaxHighlighting(COLOURS),
      Prec.highest(
        keymap.of([
          { key: "Mod-Enter", run: () => (run(), true) },
          { key: "Shift-Enter", run: () => (run(), true) },
        ]),
      ),
      // Tab indents; Escape and then Tab leaves the editor, which CodeMirror does by itself.
      keymap.of([indentWithTab, ...defaultKeymap, ...historyKeymap]),
      EditorView.contentAttributes.of({
        "aria-label": `${label}. Control and Enter run it. Escape, then Tab leaves the editor.`,
        autocapitalize: "off",
        spellcheck: "false",
      }),
      EditorView.updateListener.of((update) => {
        if (update.docChanged) change(update.state.doc.toString() + close);
      }),
    ],
  });
  code.hidden = true;
  code.after(view.dom);
  return {
    focus: () => view.focus(),
    close: () => {
      view.destroy();
      code.hidden = false;
    },
  };
}
