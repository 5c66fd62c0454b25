import { found, missing } from './findings.ts';
import type { Probe } from './probe.ts';
import { openWaylandDisplay } from './wayland-display.ts';
import { openX11Display } from './x11-display.ts';

export const gui: Probe = {
  name: 'gui',
  tags: ['gui'],
  async run(context) {
    const { DISPLAY, WAYLAND_DISPLAY } = context.env;
    const ways = [
      { display: DISPLAY, open: openX11Display, server: 'X server' },
      { display: WAYLAND_DISPLAY, open: openWaylandDisplay, server: 'Wayland compositor' },
    ];
    const complaints: string[] = [];
    for (const { display, open, server } of ways) {
      if (!display) continue;
      try {
        await open(display, context);
        return [found('gui', `the ${server} at ${display} accepts a connection`)];
      } catch (error) {
        complaints.push(`no ${server} at ${display}: ${(error as Error).message}`);
      }
    }
    return [missing('gui', complaints.join('; ') || 'neither DISPLAY nor WAYLAND_DISPLAY is set')];
  },
};
