import { claude } from './claude.ts';
import { codex } from './codex.ts';
import { docker } from './docker.ts';
import { ffmpeg } from './ffmpeg.ts';
import { freebsd } from './freebsd.ts';
import { freebsdJail } from './freebsd-jail.ts';
import { gemini } from './gemini.ts';
import { go } from './go.ts';
import { createGpuProbe } from './gpu.ts';
import { gui } from './gui.ts';
import { imageRender } from './image-render.ts';
import { linux } from './linux.ts';
import { node } from './node.ts';
import { opencode } from './opencode.ts';
import { pi } from './pi.ts';
import { pillow } from './pillow.ts';
import type { Probe } from './probe.ts';
import { python } from './python.ts';
import { rust } from './rust.ts';
import { screenshot } from './screenshot.ts';
import { wayland } from './wayland.ts';
import { zfs } from './zfs.ts';

const ordered: Probe[] = [
  ...[linux, freebsd],
  ...[docker, freebsdJail],
  ...[gui, wayland, screenshot],
  ...[createGpuProbe(), zfs],
  ...[python, node, rust, go],
  ...[ffmpeg, pillow, imageRender],
  ...[claude, codex, gemini, opencode, pi],
];

/** Every probe by its name. A new fact is a new file and a line above. */
export const allProbes: ReadonlyMap<string, Probe> = new Map(ordered.map((probe) => [probe.name, probe]));
