import type { Client } from '@temporalio/client';
import { decodeArrayFromPayloads, encodeToPayloads } from '@temporalio/common/lib/internal-non-workflow/index.js';

type Payloads = Parameters<typeof decodeArrayFromPayloads>[1];

/** Decodes a message's payloads with the client's own converter and codecs. */
export async function allPayloads(
  client: Client,
  payloads: { payloads?: Payloads } | null | undefined,
): Promise<unknown[]> {
  if (!payloads?.payloads?.length) return [];
  return decodeArrayFromPayloads(client.options.loadedDataConverter, payloads.payloads);
}

/** The first of them. */
export async function firstPayload(client: Client, payloads: Parameters<typeof allPayloads>[1]): Promise<unknown> {
  return (await allPayloads(client, payloads))[0];
}

/** A message's payloads that hold one value, encoded with the client's own converter and codecs. */
export async function asPayloads(client: Client, value: unknown): Promise<{ payloads: NonNullable<Payloads> }> {
  return { payloads: (await encodeToPayloads(client.options.loadedDataConverter, value)) ?? [] };
}
