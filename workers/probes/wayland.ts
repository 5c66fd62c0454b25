import { found, missing } from './findings.ts';
import type { Probe } from './probe.ts';
import { openWaylandDisplay } from './wayland-display.ts';

export const wayland: Probe = {
  name: 'wayland',
  tags: ['wayland'],
  async run(context) {
    const display = context.env.WAYLAND_DISPLAY;
    if (!display) return [missing('wayland', 'WAYLAND_DISPLAY is not set')];
    try {
      await openWaylandDisplay(display, context);
      return [found('wayland', `the compositor at ${display} hands out its registry`)];
    } catch (error) {
      return [missing('wayland', `no compositor answers at ${display}: ${(error as Error).message}`)];
    }
  },
};
