/** The PATH of `env` with the programs that the set-up unpacked after everybody else's. */
export function pathWithTools(env?: NodeJS.ProcessEnv): string;
/** Unpacks tmux into the cache from Debian's packages; false where that does not work. */
export function unpackTmux(options: { env: NodeJS.ProcessEnv; signal?: AbortSignal }): Promise<boolean>;
