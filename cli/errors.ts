import { inspect } from 'node:util';
import type { CommanderError } from 'commander';
import { ColibriError, type ErrorCode } from '../client/errors.ts';
import { terminalOf } from './output/terminal.ts';
import { visible } from './output/text.ts';

/** A command line that cannot be understood, with the path of the command that it was given to. */
export class UsageError extends ColibriError {
  constructor(error: CommanderError, path: string) {
    const [message = '', ...more] = error.message.replace(/^error: /, '').split('\n');
    const suggestion = /^\(Did you mean (.+)\?\)$/.exec(more.join(' '))?.[1];
    super('invalid', plainUsage(message), suggestion ? `did you mean ${suggestion}?` : `see \`${path} --help\``);
  }
}

/** `option '-l, --limit <N>' argument '0' is invalid. Give a whole number.` -> `--limit 0: give a whole number` */
function plainUsage(message: string): string {
  const [, missing] = /^option '[^']*?(--[\w-]+)[^']*' argument missing$/.exec(message) ?? [];
  if (missing !== undefined) return `${missing}: it needs a value`;
  const [, flag, value = '', said = ''] =
    /^option '[^']*?(--[\w-]+)[^']*' argument '([\s\S]*)' is invalid\. ([\s\S]*)$/.exec(message) ?? [];
  if (flag === undefined) return message;
  const reason = said.replace(/^Allowed choices are /, 'give one of ').replace(/\.$/, '');
  const plain = reason.replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase());
  // Some reasons quote the part of the value that they are about.
  return reason.startsWith('"') ? `${flag}: ${plain}` : `${flag} ${value === '' ? '""' : shortened(value)}: ${plain}`;
}

/** Longest value that an error repeats, and longest error: a value may be a whole file. */
const MAX_VALUE = 60;
const MAX_MESSAGE = 2_000;

function shortened(text: string, most = MAX_VALUE): string {
  return text.length <= most ? text : `${text.slice(0, most)}…`;
}

/** What is said of an error, and the exit code that goes with it. */
export interface ToldError {
  code: ErrorCode;
  exitCode: number;
  message: string;
  hint: string | null;
}

const DEBUG_HINT = 'run it again with COLIBRI_DEBUG=1 to see where it came from';

/** gRPC status codes that a user can do something about. */
const GRPC: Readonly<Record<number, (details: string) => ColibriError>> = {
  4: () => new ColibriError('unreachable', 'the Temporal server did not answer in time', 'see `colibri doctor`'),
  7: (details) =>
    new ColibriError(
      'refused',
      `the server does not allow it: ${details}`,
      'check TEMPORAL_API_KEY and TEMPORAL_TLS_*',
    ),
  14: () => new ColibriError('unreachable', 'the Temporal server does not answer', 'see `colibri doctor`'),
  16: (details) =>
    new ColibriError(
      'refused',
      `the server does not know who you are: ${details}`,
      'check TEMPORAL_API_KEY and TEMPORAL_TLS_*',
    ),
};

/** Names of errors that come from parts whose modules are not loaded for every command. */
const EMBEDDED_SERVER: Readonly<Record<string, ErrorCode>> = {
  'port-in-use': 'refused',
  'database-in-use': 'refused',
  'database-unusable': 'invalid',
};

/** Why a host's worker may not run: its message says what to do. */
const HOST_REFUSALS: ReadonlySet<string> = new Set(['StateLocked', 'RegistrationRefused']);

/** The error as one that a user may expect; null for a fault of ours. */
export function expected(error: unknown): ColibriError | null {
  if (error instanceof ColibriError) return error;
  if (!(error instanceof Error)) return null;
  if (error.name === 'InvalidInput') return new ColibriError('invalid', error.message);
  if (error.name === 'EmbeddedServerError') {
    return new ColibriError(EMBEDDED_SERVER[(error as { code?: string }).code ?? ''] ?? 'failed', error.message);
  }
  if (HOST_REFUSALS.has(error.name)) return new ColibriError('refused', error.message);
  if (error.name === 'NamespaceNotFoundError') return noNamespace((error as { namespace?: string }).namespace);
  const grpc = grpcStatus(error) ?? grpcStatus(error.cause);
  if (grpc === undefined) return null;
  const namespace = grpc.code === 5 ? /[Nn]amespace (\S+) (?:is|was) not found/.exec(grpc.details)?.[1] : undefined;
  return namespace === undefined ? (GRPC[grpc.code]?.(grpc.details) ?? null) : noNamespace(namespace);
}

export function tellError(error: unknown): ToldError {
  const known = expected(error);
  if (known !== null) {
    const quotes = known.message.replaceAll(/"([^"]{200,})"/g, (_, long: string) => `"${shortened(long)}"`);
    const message = shortened(quotes, MAX_MESSAGE);
    return { code: known.code, exitCode: known.exitCode, message, hint: known.hint ?? null };
  }
  const message = error instanceof Error ? error.message : String(error);
  const [first = ''] = message.split('\n');
  return {
    code: 'failed',
    exitCode: 1,
    message: `unexpected: ${shortened(first, MAX_MESSAGE) || 'no message'}`,
    hint: DEBUG_HINT,
  };
}

/** The one printer of errors, on stderr. Returns the exit code. */
export function printError(error: unknown, { json }: { json: boolean }): number {
  const told = tellError(error);
  const { code, message, hint } = told;
  if (json) {
    process.stderr.write(`${JSON.stringify({ error: { code, message, hint } })}\n`);
  } else {
    const { paint } = terminalOf(process.stderr);
    const [first = '', ...more] = message.split('\n').map(visible);
    process.stderr.write(`${paint.red('error:')} ${first}\n${more.map((line) => `  ${line}\n`).join('')}`);
    if (hint !== null) process.stderr.write(`  ${visible(hint)}\n`);
  }
  if (process.env.COLIBRI_DEBUG === '1') process.stderr.write(`${inspect(error)}\n`);
  return told.exitCode;
}

function noNamespace(namespace = 'default'): ColibriError {
  return new ColibriError(
    'not-found',
    `the server has no namespace "${namespace}"`,
    `correct TEMPORAL_NAMESPACE, or create it: \`temporal operator namespace create --retention 7d -n ${namespace}\``,
  );
}

function grpcStatus(error: unknown): { code: number; details: string } | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, details } = error as { code?: unknown; details?: unknown };
  return typeof code === 'number' && typeof details === 'string' ? { code, details } : undefined;
}
