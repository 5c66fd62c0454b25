import { randomBytes } from 'node:crypto';
import { chmod, lstat, mkdir, readdir, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { SkillRef } from '../../schemas/skill.ts';
import { digestOf, type SkillFile, writeArchive } from '../skill-content/archive.ts';
import { type OpenedSkill, skillTextIn } from '../skill-content/pack.ts';
import { readSkillFolder } from '../skill-content/read-folder.ts';
import type { Skill } from '../skills.ts';
import type { PollLog } from './polling/types.ts';

/** A skill that stays on the disk until it is released. */
export interface SkillInUse {
  skill: Skill;
  release(): void;
}

export interface SkillStoreOptions {
  /** Folder of everything this host writes; other workers of the machine may share it. */
  home: string;
  /** Reads content from the server and checks it. Throws InvalidInput when it is missing or unsound. */
  fetch: (ref: SkillRef) => Promise<OpenedSkill>;
  /** What the folders may take together; the least lately used go first. */
  limitBytes: number;
  log: PollLog;
}

/** A folder used so lately is in use, by whichever worker: each says so every minute while a run has it. */
const LATELY_MS = 10 * 60_000;
const SAY_EVERY_MS = 60_000;

/** The skills that this host has fetched, each in `<home>/skills/<digest>`, whole or not there at all. */
export class SkillStore {
  readonly #options: SkillStoreOptions;
  readonly #root: string;
  readonly #uses = new Map<string, number>();
  readonly #ensuring = new Map<string, Promise<Skill>>();
  readonly #saying: NodeJS.Timeout;

  constructor(options: SkillStoreOptions) {
    this.#options = options;
    this.#root = join(options.home, 'skills');
    this.#saying = setInterval(() => {
      for (const digest of this.#uses.keys()) void this.#sayUsed(digest);
    }, SAY_EVERY_MS);
    this.#saying.unref();
  }

  close(): void {
    clearInterval(this.#saying);
  }

  /** The skill's folder with exactly its content: what is here is checked, what is not is fetched, once for all who ask. */
  async take(ref: SkillRef): Promise<SkillInUse> {
    const { digest } = ref;
    this.#uses.set(digest, (this.#uses.get(digest) ?? 0) + 1);
    const release = () => {
      const left = (this.#uses.get(digest) ?? 1) - 1;
      if (left > 0) this.#uses.set(digest, left);
      else this.#uses.delete(digest);
    };
    try {
      const skill = await this.#ensureOnce(ref);
      await this.#sayUsed(digest);
      return { skill, release };
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Removes what is beyond the bound, and what a worker that was killed left half made. Never rejects. */
  async prune(now = Date.now()): Promise<void> {
    const { limitBytes, log } = this.#options;
    try {
      const found: { name: string; usedAt: number; bytes: number }[] = [];
      for (const name of await readdir(this.#root).catch(() => [])) {
        const folder = join(this.#root, name);
        const usedAt = (await lstat(folder).catch(() => undefined))?.mtimeMs ?? now;
        if (!name.startsWith('.')) found.push({ name, usedAt, bytes: await bytesIn(folder) });
        else if (now - usedAt > LATELY_MS) await rm(folder, { recursive: true, force: true });
      }
      let bytes = found.reduce((sum, each) => sum + each.bytes, 0);
      for (const each of found.sort((a, b) => a.usedAt - b.usedAt)) {
        if (bytes <= limitBytes) return;
        if (this.#uses.has(each.name) || now - each.usedAt < LATELY_MS) continue;
        await this.#moveAway(each.name);
        bytes -= each.bytes;
        log.info({ skill: each.name }, 'a skill that was not used lately was removed');
      }
    } catch (error) {
      log.warn({ error: (error as Error).message }, 'the folder of skills could not be tidied');
    }
  }

  #ensureOnce(ref: SkillRef): Promise<Skill> {
    const running = this.#ensuring.get(ref.digest);
    if (running) return running;
    const ensuring = this.#ensure(ref).finally(() => this.#ensuring.delete(ref.digest));
    this.#ensuring.set(ref.digest, ensuring);
    return ensuring;
  }

  async #ensure(ref: SkillRef): Promise<Skill> {
    const folder = join(this.#root, ref.digest);
    const here = await readSound(folder, ref);
    if (here) return here;
    const { manifest, instructions, files } = await this.#options.fetch(ref);
    await mkdir(this.#root, { recursive: true, mode: 0o700 });
    const draft = join(this.#root, `.new-${process.pid}-${randomBytes(6).toString('hex')}`);
    try {
      await unpack(files, draft);
      // Runs kept alive by an older copy see the same files again in its place.
      await this.#moveAway(ref.digest);
      await rename(draft, folder);
    } catch (error) {
      await rm(draft, { recursive: true, force: true });
      // Another worker that shares the folder may have been quicker.
      const theirs = await readSound(folder, ref);
      if (theirs) return theirs;
      throw error;
    }
    this.#options.log.info({ skill: ref.name, digest: ref.digest, files: files.length }, 'skill fetched');
    void this.prune();
    return { ...manifest, instructions, folder };
  }

  /** Takes a folder from its place in one step, so that nobody finds half of it there. */
  async #moveAway(name: string): Promise<void> {
    const old = join(this.#root, `.old-${process.pid}-${randomBytes(6).toString('hex')}`);
    try {
      await rename(join(this.#root, name), old);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      throw error;
    }
    await rm(old, { recursive: true, force: true });
  }

  async #sayUsed(digest: string): Promise<void> {
    const now = new Date();
    await utimes(join(this.#root, digest), now, now).catch(() => undefined);
  }
}

/** The skill in a folder that holds exactly what the digest says; undefined when it does not. */
async function readSound(folder: string, { name, digest }: SkillRef): Promise<Skill | undefined> {
  try {
    const files = await readSkillFolder(folder);
    if (digestOf(writeArchive(files)) !== digest) return undefined;
    const { manifest, instructions } = skillTextIn(files, name);
    return { ...manifest, instructions, folder };
  } catch {
    return undefined;
  }
}

/** Writes files, for the owner alone, into a folder that is made for them. Their paths were checked when they were read. */
async function unpack(files: readonly SkillFile[], folder: string): Promise<void> {
  await mkdir(folder, { mode: 0o700 });
  for (const { path, executable, data } of files) {
    const at = join(folder, path);
    await mkdir(dirname(at), { recursive: true, mode: 0o700 });
    const mode = executable ? 0o700 : 0o600;
    await writeFile(at, data, { flag: 'wx', mode });
    // Whatever the worker's umask is.
    await chmod(at, mode);
  }
}

async function bytesIn(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])) {
    if (entry.isFile()) bytes += (await lstat(join(entry.parentPath, entry.name)).catch(() => undefined))?.size ?? 0;
  }
  return bytes;
}
