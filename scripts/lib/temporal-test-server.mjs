// Temporal's time-skipping test server: found, else downloaded, else its Java library behind a small launcher.
import { accessSync, chmodSync, constants, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheDir, platformSuffix } from './cache.mjs';
import { downloadProgram } from './download.mjs';
import { obtain } from './obtain.mjs';
import { silentProgress } from './progress.mjs';
import { lastLine, run, SetupError } from './run.mjs';
import { onPath } from './temporal-cli.mjs';

const JAVA_VERSION = '1.32.1';
/** Has its default test server chosen by the SDK version, as the SDK itself asks for it. */
const SDK_VERSION = '1.23.0';

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>colibri</groupId><artifactId>test-server</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>io.temporal</groupId><artifactId>temporal-test-server</artifactId><version>${JAVA_VERSION}</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-nop</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
`;

/** Tuned for a fast start: the SDK waits 5 s for the port, on a machine that may be busy. */
const LAUNCHER = `#!/bin/sh
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
exec "\${JAVA_HOME:+$JAVA_HOME/bin/}java" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xshare:auto -Xmx512m \\
  -cp "$here/lib/*" io.temporal.testserver.TestServer "$@"
`;

/** @param {NodeJS.ProcessEnv} env */
function cachedPaths(env) {
  const bin = join(cacheDir(env), 'bin');
  return {
    native: join(bin, `temporal-test-server-sdk-${SDK_VERSION}-${platformSuffix()}`),
    java: join(bin, `temporal-test-server-java-${JAVA_VERSION}`, 'temporal-test-server'),
  };
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Looks without fetching: COLIBRI_TEMPORAL_TEST_SERVER, cache.
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {{ path: string, source: 'env' | 'cache' } | null}
 */
export function findTestServer(env = process.env) {
  const named = env.COLIBRI_TEMPORAL_TEST_SERVER;
  if (named) {
    if (isExecutable(named)) return { path: named, source: 'env' };
    throw new SetupError(
      `COLIBRI_TEMPORAL_TEST_SERVER names ${named}, which is not an executable file: correct or unset it.`,
    );
  }
  const { native, java } = cachedPaths(env);
  if (isExecutable(native)) return { path: native, source: 'cache' };
  // The launcher is of no use once Java is gone.
  if (isExecutable(java) && onPath('java', env)) return { path: java, source: 'cache' };
  return null;
}

/** @param {string} temp @param {NodeJS.ProcessEnv} env @param {AbortSignal | undefined} signal */
async function resolveWithMaven(temp, env, signal) {
  for (const name of ['java', 'mvn']) if (!onPath(name, env)) throw new SetupError(`${name} is not installed`);
  const dir = join(temp, 'java');
  mkdirSync(dir);
  writeFileSync(join(temp, 'pom.xml'), POM);
  const goal = ['-B', '-q', '-f', join(temp, 'pom.xml'), 'dependency:copy-dependencies', '-DincludeScope=runtime'];
  const { ok, output } = await run('mvn', [...goal, `-DoutputDirectory=${join(dir, 'lib')}`], {
    cwd: temp,
    env,
    timeoutMs: 10 * 60_000,
    signal,
  });
  if (!ok) throw new SetupError(`mvn: ${lastLine(output)}`);
  writeFileSync(join(dir, 'temporal-test-server'), LAUNCHER);
  chmodSync(join(dir, 'temporal-test-server'), 0o755);
  return dir;
}

/**
 * The test server, fetched on first use into the shared cache. Order: COLIBRI_TEMPORAL_TEST_SERVER, cache, Temporal's
 * download, Maven.
 * @param {{ env?: NodeJS.ProcessEnv, progress?: import('./progress.mjs').Progress, signal?: AbortSignal,
 *   firstByteMs?: number }} [options]
 * @returns {Promise<{ path: string, source: 'env' | 'cache' | 'download' | 'maven' }>}
 */
export async function ensureTestServer({ env = process.env, progress = silentProgress, signal, firstByteMs } = {}) {
  const found = findTestServer(env);
  if (found) return found;
  const { native, java } = cachedPaths(env);
  const query = { 'sdk-name': 'sdk-typescript', 'sdk-version': SDK_VERSION };
  return obtain({
    name: "Temporal's time-skipping test server",
    env,
    progress,
    signal,
    find: () => findTestServer(env),
    ways: [
      {
        source: /** @type {const} */ ('download'),
        title: "Downloading Temporal's time-skipping test server",
        get: async (intoDir, onProgress) => {
          const wanted = { artifact: 'temporal-test-server', version: 'default', query, intoDir, env, firstByteMs };
          const program = await downloadProgram({ ...wanted, signal, onProgress });
          chmodSync(program, 0o755);
          mkdirSync(dirname(native), { recursive: true });
          renameSync(program, native);
          return native;
        },
      },
      {
        source: /** @type {const} */ ('maven'),
        title: "Fetching Temporal's time-skipping test server with Maven",
        get: async (temp) => {
          const dir = await resolveWithMaven(temp, env, signal);
          // What stands there can only be incomplete: a complete one would have been found.
          rmSync(dirname(java), { recursive: true, force: true });
          mkdirSync(dirname(dirname(java)), { recursive: true });
          renameSync(dir, dirname(java));
          return java;
        },
      },
    ],
    advice: 'install Java and Maven, or name one in COLIBRI_TEMPORAL_TEST_SERVER.',
  });
}
