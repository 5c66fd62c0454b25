/** What a shell puts into the environment by itself. */
const SHELL_ADDS = ['PWD', 'OLDPWD', 'SHLVL'];

/** Arguments for `/bin/sh` to run `script` with `args` as $0, $1 and so on, so that what it executes sees `env` alone. */
export function cleanShell(script: string, args: readonly string[], env: Readonly<Record<string, string>>): string[] {
  const drop = SHELL_ADDS.filter((name) => env[name] === undefined);
  return ['-c', drop.length === 0 ? script : `unset ${drop.join(' ')}; ${script}`, ...args];
}
