import type { Colibri } from '../client/colibri.ts';
import type { HostMatrixJson } from './json-shapes.ts';

/** Every host of the fleet with what it can do and how that is known. */
export async function readMatrixNow(colibri: Colibri): Promise<HostMatrixJson['hosts']> {
  const names = (await colibri.hosts.list()).map((host) => host.name);
  const known = await Promise.all(names.map((name) => colibri.hosts.show(name)));
  return known.map(({ name, status, capabilities, reserve, version, os, registration }) => ({
    ...{ name, status, capabilities, reserve, version, os },
    node: registration?.node ?? '',
    findings: registration?.findings ?? [],
  }));
}
