// The Python of each picture, fetched when its reader takes hold of it.

type Source = () => Promise<{ default: string }>;

const PICTURES: Record<string, Source> = {
  difference: () => import("./difference.py"),
  moons: () => import("./moons.py"),
  neuron: () => import("./neuron.py"),
};

export async function source(name: string): Promise<string> {
  const found = PICTURES[name];
  if (!found) throw new Error(`There is no picture ${name}.`);
  return (await found()).default;
}
