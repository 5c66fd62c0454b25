import { svgToPng } from '../screenshot/png.ts';
import { found, missing } from './findings.ts';
import type { Probe } from './probe.ts';

const SVG =
  '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="3"><rect width="4" height="3" fill="#f80"/></svg>';

export const imageRender: Probe = {
  name: 'image-render',
  tags: ['image-render'],
  timeoutMs: 15_000,
  async run({ signal }) {
    const { data, width, height } = await svgToPng(SVG, signal);
    if (width !== 4 || height !== 3) {
      return [missing('image-render', 'the rasteriser ran, but what it made is no PNG of the right size')];
    }
    return [found('image-render', `the bundled rasteriser turned an SVG into a PNG of ${data.length} bytes`)];
  },
};
