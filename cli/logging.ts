import pino, { type Logger } from 'pino';
import type { Config } from '../schemas/config.ts';

/**
 * The log of a long-running part: structured lines on stderr, so that stdout stays for answers; pretty on a terminal.
 * Written at once, so that the last line before an end is there too. With `part` null its children name their parts.
 */
export async function createLogger(
  part: string | null,
  { logLevel, logFormat }: Pick<Config, 'logLevel' | 'logFormat'>,
): Promise<Logger> {
  const options = {
    level: logLevel,
    base: part === null ? {} : { part },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { error: pino.stdSerializers.err },
  };
  if (logFormat === 'json' || (logFormat === 'auto' && !process.stderr.isTTY)) {
    return pino(options, pino.destination({ dest: 2, sync: true }));
  }
  const { default: pretty } = await import('pino-pretty');
  const stream = pretty({
    colorize: process.stderr.isTTY === true && !process.env.NO_COLOR,
    destination: 2,
    sync: true,
    translateTime: 'SYS:HH:MM:ss',
    ignore: 'part',
    singleLine: true,
    messageFormat: '{if part}{part}: {end}{msg}',
  });
  return pino(options, stream);
}
