/** No picture could be taken; the message says why in one sentence. */
export class ScreenshotError extends Error {
  override name = 'ScreenshotError';
}
