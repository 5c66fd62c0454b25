import { readdir, realpath } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** Absolute paths of the files on PATH whose name matches, in PATH order; the same file under the same name only once. */
export async function findOnPath(env: NodeJS.ProcessEnv, pattern: RegExp): Promise<string[]> {
  const folders = [...new Set((env.PATH ?? '').split(delimiter).filter((folder) => folder !== ''))];
  const listed = await Promise.all(
    folders.map(async (folder) => {
      const names = await readdir(folder).catch((): string[] => []);
      return names.filter((name) => pattern.test(name)).map((name) => join(folder, name));
    }),
  );
  const seen = new Set<string>();
  const paths: string[] = [];
  for (const path of listed.flatMap((names) => names.sort())) {
    const name = path.slice(path.lastIndexOf('/'));
    const real = await realpath(path).catch(() => path);
    // A dispatcher (a shim, busybox) serves many names from one file: it counts once for each name.
    const key = `${real}${name}`;
    if (!seen.has(key)) paths.push(path);
    seen.add(key);
  }
  return paths;
}
