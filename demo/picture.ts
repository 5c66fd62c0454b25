import { readFileSync } from 'node:fs';
import { DemoFailure } from './failure.ts';

export interface Picture {
  width: number;
  height: number;
  bytes: number;
}

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** The chunk that ends every PNG: no data, its type, its checksum. */
const END = Buffer.from([0, 0, 0, 0, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82]);
const LEAST_BYTES = 5_000;

/** Reads a PNG as far as it takes to know that it is one and whole. Throws a DemoFailure when it is not. */
export function readPicture(file: string): Picture {
  let data: Buffer;
  try {
    data = readFileSync(file);
  } catch (error) {
    throw new DemoFailure(`the task is done but left no picture: ${(error as Error).message}`);
  }
  if (!data.subarray(0, SIGNATURE.length).equals(SIGNATURE)) throw new DemoFailure('what the task left is no PNG');
  if (data.length < LEAST_BYTES || !data.subarray(-END.length).equals(END)) {
    throw new DemoFailure(`the picture is not whole: ${data.length} bytes`);
  }
  // The header's data begins after the signature, the chunk's length and its type.
  return { width: data.readUInt32BE(16), height: data.readUInt32BE(20), bytes: data.length };
}
