// What the page and the worker say to each other.

export interface Figure {
  key: string;
  title: string;
  description: string;
}

export interface Raised {
  class: string;
  text: string;
  line: number | null;
  traceback: string;
}

export interface RunRequest {
  kind: "run";
  id: number;
  name: string;
  code: string;
  figure: Figure;
  fresh?: boolean;
  scratch?: boolean;
  then?: string;
}

export interface CallRequest {
  kind: "call";
  id: number;
  code: string;
  values: string;
  space: string;
}

export interface StartRequest {
  kind: "start";
  interrupt?: SharedArrayBuffer;
}

export type Request = StartRequest | RunRequest | CallRequest;

export interface Progress {
  what: string;
  loaded: number;
  total: number;
}

/** How a program ended. `then` is there when a check ran after it: what the check raised. */
export interface End {
  rich: [mime: string, data: string][];
  raised: Raised | null;
  seconds: number;
  warnings: string[];
  then?: Raised | null;
}

export type Answer =
  | ({ kind: "progress" } & Progress)
  | { kind: "ready" }
  | { kind: "text"; id: number; stream: "stdout" | "stderr"; text: string }
  | ({ kind: "end"; id: number } & End)
  | { kind: "value"; id: number; value: string }
  | { kind: "failed"; id: number; text: string }
  | { kind: "died"; text: string };
