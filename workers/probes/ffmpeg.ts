import { complaint, found, missing } from './findings.ts';
import type { Probe } from './probe.ts';

// One generated frame of 64x64 pixels through a real encoder, the result thrown away.
const ENCODE = ['-nostdin', '-hide_banner', '-loglevel', 'error', '-f', 'lavfi', '-i', 'color=c=black:s=64x64'].concat([
  ...['-frames:v', '1', '-c:v', 'mpeg4', '-f', 'null', '-'],
]);

export const ffmpeg: Probe = {
  name: 'ffmpeg',
  tags: ['ffmpeg'],
  timeoutMs: 10_000,
  async run({ exec, timeoutMs }) {
    const [encoded, shown] = await Promise.all([
      exec('ffmpeg', ENCODE, { timeoutMs }),
      exec('ffmpeg', ['-version'], { timeoutMs }),
    ]);
    if (encoded.code !== 0) return [missing('ffmpeg', `no frame was encoded: ${complaint('ffmpeg', encoded)}`)];
    const version = /^ffmpeg version (\S+)/.exec(shown.stdout)?.[1];
    return [found('ffmpeg', 'ffmpeg encodes a generated frame', version)];
  },
};
