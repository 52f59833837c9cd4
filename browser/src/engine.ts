// The page's side of Python: starts the worker, hands it one thing at a time, stops it.

import type { Answer, End, Figure, Progress, Request } from "./protocol.ts";

export type { Figure, Progress, Raised } from "./protocol.ts";

/** The file name of the worker; build.mjs fills it in. */
declare const WORKER: string;

export type State = "off" | "starting" | "ready" | "running";

export interface Program {
  /** What tracebacks call it. It has to begin with "program ". */
  name: string;
  code: string;
  /** Begin with no names at all. */
  fresh?: boolean;
  /** Run in a copy of the page's names; then `then` (a check) in the same copy. */
  scratch?: boolean;
  then?: string;
  /** What its pictures are called. */
  figure?: Figure;
}

export interface Watch {
  text?(stream: "stdout" | "stderr", text: string): void;
  progress?(progress: Progress): void;
}

export interface Outcome extends End {
  text: string;
  errors: string;
  /** Ended by the reader, at once or before it began. */
  stopped: boolean;
}

interface Job {
  send(id: number): Request;
  watch: Watch;
  text: Record<"stdout" | "stderr", string>;
  resolve(value: Outcome | string): void;
  reject(error: Error): void;
}

const PATIENCE = 1500; // milliseconds for a program to heed an interrupt

export class Engine {
  state: State = "off";
  /** Counts the Pythons of this page: when it changes, all names are gone. */
  generation = 0;
  private worker: Worker | null = null;
  private readonly interrupt = globalThis.crossOriginIsolated ? new Uint8Array(new SharedArrayBuffer(1)) : null;
  private readonly queue: Job[] = [];
  private readonly listeners = new Set<(state: State) => void>();
  private job: Job | null = null;
  private id = 0;
  private deadline = 0;

  /** Run a program, when those before it are done. */
  run(program: Program, watch: Watch = {}): Promise<Outcome> {
    const figure = program.figure ?? { key: "run", title: "Picture", description: "" };
    return this.enqueue((id) => ({ kind: "run", id, ...program, figure }), watch) as Promise<Outcome>;
  }

  /**
   * Run Python in names of its own, with the name `values`; give the value of its last expression.
   * With `space`, the names are kept between calls under that word.
   */
  async call(code: string, values: unknown, space = "", watch: Watch = {}): Promise<unknown> {
    const json = JSON.stringify(values ?? null);
    const value = await this.enqueue((id) => ({ kind: "call", id, code, values: json, space }), watch);
    if (typeof value !== "string") throw new Error("stopped");
    return JSON.parse(value);
  }

  /** End what runs, and forget what waits. */
  stop(): void {
    for (const job of this.queue.splice(0)) job.resolve(stopped(job));
    if (this.state === "starting" || (this.state === "running" && !this.interrupt)) this.end();
    if (this.state !== "running" || this.deadline) return;
    this.interrupt![0] = 2; // what Control-C is
    // A program may not heed it: it catches everything, or is deep in one long operation.
    this.deadline = window.setTimeout(() => this.end(), PATIENCE);
  }

  onstate(listener: (state: State) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private enqueue(send: Job["send"], watch: Watch): Promise<Outcome | string> {
    return new Promise((resolve, reject) => {
      this.queue.push({ send, watch, text: { stdout: "", stderr: "" }, resolve, reject });
      if (!this.worker) this.start();
      else this.next();
    });
  }

  private start(): void {
    this.generation += 1;
    this.become("starting");
    this.worker = new Worker(new URL(WORKER, import.meta.url), { type: "module" });
    this.worker.onmessage = ({ data }: MessageEvent<Answer>) => this.hear(data);
    this.worker.onerror = (event) => {
      event.preventDefault();
      this.die(event.message || "its script could not be loaded");
    };
    const memory = this.interrupt?.buffer as SharedArrayBuffer | undefined;
    this.worker.postMessage({ kind: "start", ...(memory && { interrupt: memory }) } satisfies Request);
  }

  private next(): void {
    if (this.state !== "ready") return;
    this.job = this.queue.shift() ?? null;
    if (!this.job) return;
    // Only here, when nothing runs: an interrupt for this job cannot be lost, one for the last cannot hit it.
    if (this.interrupt) this.interrupt[0] = 0;
    this.become("running");
    this.worker!.postMessage(this.job.send(++this.id));
  }

  private hear(answer: Answer): void {
    const job = this.job;
    if (answer.kind === "progress") this.queue.forEach(({ watch }) => watch.progress?.(answer));
    else if (answer.kind === "ready") this.settle(() => {});
    else if (answer.kind === "died") this.die(answer.text);
    else if (!job || answer.id !== this.id) return;
    else if (answer.kind === "text") {
      job.text[answer.stream] += answer.text;
      job.watch.text?.(answer.stream, answer.text);
    } else if (answer.kind === "value") this.settle(() => job.resolve(answer.value));
    else if (answer.kind === "failed") this.settle(() => job.reject(new Error(answer.text)));
    else this.settle(() => job.resolve(this.outcome(job, answer)));
  }

  private outcome(job: Job, { rich, raised, seconds, warnings, then }: End): Outcome {
    const stopped = this.deadline > 0 && [raised, then].some((each) => each?.class === "KeyboardInterrupt");
    const { stdout, stderr } = job.text;
    return {
      rich,
      raised,
      seconds,
      warnings,
      text: stdout,
      errors: stderr,
      stopped,
      ...(then !== undefined && { then }),
    };
  }

  private settle(tell: () => void): void {
    tell();
    window.clearTimeout(this.deadline);
    this.deadline = 0;
    this.job = null;
    this.become("ready");
    this.next();
  }

  /** End the worker; the next program starts a new one. */
  private end(): void {
    const jobs = this.forget();
    for (const job of jobs) job.resolve(stopped(job));
  }

  private die(why: string): void {
    const error = new Error(this.state === "starting" ? `Python could not be loaded: ${why}` : brokenDown(why));
    for (const job of this.forget()) job.reject(error);
  }

  private forget(): Job[] {
    this.worker?.terminate();
    window.clearTimeout(this.deadline);
    this.deadline = 0;
    this.worker = null;
    const jobs = [...(this.job ? [this.job] : []), ...this.queue.splice(0)];
    this.job = null;
    this.become("off");
    return jobs;
  }

  private become(state: State): void {
    this.state = state;
    for (const listener of this.listeners) listener(state);
  }
}

/** What a reader is told when Python itself has ended, in the words that each browser has for it. */
function brokenDown(why: string): string {
  const deep = /call stack|too much recursion/i.test(why);
  const reason = deep
    ? "calls within calls, or objects that hold objects, went deeper than this browser allows. Make them fewer"
    : `${why}. Look at what the program asks for`;
  return `Python broke down: ${reason}, and run it again: that starts a new Python.`;
}

function stopped(job: Job): Outcome {
  const { stdout, stderr } = job.text;
  return { rich: [], raised: null, seconds: 0, warnings: [], text: stdout, errors: stderr, stopped: true };
}

let only: Engine | undefined;

/** The page's engine. Nothing is loaded before its first program. */
export function engine(): Engine {
  only ??= new Engine();
  return only;
}
