// What the reader is told while Python comes.

import type { Progress } from "./protocol.ts";

export function loading({ what, loaded, total }: Progress): string {
  if (!total) return `${what}…`;
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);
  return `${what}: ${megabytes(loaded)} of ${megabytes(total)} MB`;
}
