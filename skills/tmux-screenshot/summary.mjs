// A coloured summary of this machine: what the skill pictures when it is given no command.
import { statfsSync } from 'node:fs';
import os from 'node:os';

const paint = (code, text) => `\x1b[${code}m${text}\x1b[0m`;
const gib = (bytes) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;

function bar(share, width = 36) {
  const full = Math.round(Math.min(1, Math.max(0, share)) * width);
  const colour = share > 0.85 ? 31 : share > 0.6 ? 33 : 32;
  const rest = paint('38;5;238', '━'.repeat(width - full));
  return `${paint(colour, '━'.repeat(full))}${rest} ${String(Math.round(share * 100)).padStart(3)} %`;
}

function duration(seconds) {
  const [days, hours, minutes] = [seconds / 86_400, (seconds / 3600) % 24, (seconds / 60) % 60].map(Math.floor);
  return [days && `${days} d`, hours && `${hours} h`, `${minutes} min`].filter(Boolean).join(' ');
}

function disk() {
  const { bsize, blocks, bavail } = statfsSync('.');
  const used = (blocks - bavail) * bsize;
  return [bar(used / (blocks * bsize || 1)), `${gib(used)} of ${gib(blocks * bsize)}`];
}

function spectrum(width) {
  const channel = (at, shift) => Math.round(140 + 100 * Math.sin((at / width) * 2 * Math.PI + shift));
  const cell = (at) => `\x1b[48;2;${channel(at, 0)};${channel(at, 2.1)};${channel(at, 4.2)}m `;
  return `${Array.from({ length: width }, (_, at) => cell(at)).join('')}\x1b[0m`;
}

const width = Math.max(60, (process.stdout.columns ?? 80) - 4);
const processors = os.cpus();
const load = os.loadavg()[0] ?? 0;
const used = os.totalmem() - os.freemem();
const [diskBar, diskText] = disk();
const name = process.env.COLIBRI_HOST ?? os.hostname();
const task = process.env.COLIBRI_TASK_ID;
const line = '─'.repeat(width - 2);
const framed = (text, plainLength) =>
  `${paint('36', '│')} ${text}${' '.repeat(width - 3 - plainLength)}${paint('36', '│')}`;
const row = (label, value) => `  ${paint('1;34', label.padEnd(10))} ${value}`;
const headline = `${name} · tmux-screenshot`.slice(0, width - 4);
const terminal = `${process.env.TERM_PROGRAM ?? 'tmux'} ${process.env.TERM_PROGRAM_VERSION ?? ''}`.trim();

const lines = [
  '',
  paint('36', `╭${line}╮`),
  framed(paint('1;32', headline), headline.length),
  paint('36', `╰${line}╯`),
  '',
  row('system', `${os.type()} ${os.release()} ${paint('2', os.arch())}`),
  row('processor', `${processors.length} × ${(processors[0]?.model ?? 'unknown').trim().slice(0, width - 24)}`),
  row('node', process.version),
  row('terminal', `${terminal}, ${process.stdout.columns ?? '?'} × ${process.stdout.rows ?? '?'}`),
  row('up', duration(os.uptime())),
  ...(task ? [row('task', paint('35', task.slice(0, width - 14)))] : []),
  row('taken', paint('33', new Date().toISOString().replace('T', ' ').replace(/\..*/, ' UTC'))),
  '',
  row('load', `${bar(load / (processors.length || 1))}  ${load.toFixed(2)}`),
  row('memory', `${bar(used / os.totalmem())}  ${gib(used)} of ${gib(os.totalmem())}`),
  row('disk', `${diskBar}  ${diskText}`),
  '',
  `  ${[0, 1, 2, 3, 4, 5, 6, 7].map((at) => `\x1b[4${at}m    `).join('')}\x1b[0m`,
  `  ${[0, 1, 2, 3, 4, 5, 6, 7].map((at) => `\x1b[10${at}m    `).join('')}\x1b[0m`,
  '',
  `  ${spectrum(width)}`,
];
console.log(lines.map((text) => (text.startsWith('  ') || text === '' ? text : `  ${text}`)).join('\n'));
