import { type Connected, connect, serverAddress } from '../../client/connect.ts';
import { SEARCH_ATTRIBUTES } from '../../schemas/search-attributes.ts';
import { RETENTION_DAYS } from '../../server/namespace.ts';
import { expected } from '../errors.ts';
import { isLoopback } from '../onboard/address.ts';
import { askControl } from '../status/ask-control.ts';
import { refuseClosedPort } from '../with-colibri.ts';
import { type Check, missing, ok, skipped, warning } from './check.ts';
import { clockSkewMs } from './clock-skew.ts';
import { atLeast } from './versions.ts';

/** The oldest server that may be reached by others: older ones have published holes (CVE-2026-5724 and others). */
const REACHABLE_SERVER_FLOOR = '1.30.4';
/** Times of hosts and server stand side by side in histories. */
const TOLERABLE_SKEW_MS = 2_000;
const AFTER_SERVER = ['server version', 'namespace', 'retention', 'search attributes', 'control worker', 'clock'];

/** Everything on the server's side, in the order in which one thing needs the one before. */
export async function checkServer(): Promise<Check[]> {
  const { address } = serverAddress();
  let connected: Connected;
  try {
    await refuseClosedPort(address);
    connected = await connect({ timeoutMs: 5_000 });
  } catch (error) {
    const known = expected(error);
    if (known === null) throw error;
    const absent = missing('server', known.message, known.hint ?? 'colibri server');
    return [absent, ...AFTER_SERVER.map((name) => skipped(name, 'not looked at without a server'))];
  }
  try {
    const checks = [ok('server', `answers at ${address}`), await checkVersion(connected)];
    const namespace = await checkNamespace(connected);
    checks.push(...namespace);
    if (namespace[0]?.status !== 'ok') {
      return [...checks, ...AFTER_SERVER.slice(2).map((name) => skipped(name, 'not looked at without the namespace'))];
    }
    checks.push(await checkSearchAttributes(connected), await checkControl(connected), await checkClock(connected));
    return checks;
  } finally {
    await connected.close();
  }
}

async function checkVersion({ connection, address }: Connected): Promise<Check> {
  const { serverVersion } = await connection.workflowService.getSystemInfo({});
  const name = 'server version';
  if (atLeast(serverVersion, REACHABLE_SERVER_FLOOR)) return ok(name, serverVersion);
  if (isLoopback(address))
    return ok(name, `${serverVersion}; others cannot reach it here, for that it takes ${REACHABLE_SERVER_FLOOR}`);
  return warning(
    name,
    `${serverVersion} can be reached by others and has published holes`,
    `upgrade the server to ${REACHABLE_SERVER_FLOOR} or later, one minor version at a time`,
  );
}

/** The namespace and, if it is there, how long it keeps results. */
async function checkNamespace({ connection, namespace }: Connected): Promise<Check[]> {
  try {
    const { config } = await connection.workflowService.describeNamespace({ namespace });
    const days = Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) / 86_400;
    const kept = `results are kept for ${Number(days.toFixed(1))} day${days === 1 ? '' : 's'}`;
    const retention =
      days >= RETENTION_DAYS
        ? ok('retention', kept)
        : warning(
            'retention',
            kept,
            `temporal operator namespace update --retention ${RETENTION_DAYS}d -n ${namespace}`,
          );
    return [ok('namespace', namespace), retention];
  } catch (error) {
    const known = expected(error);
    if (known?.code !== 'not-found') throw error;
    const fix = `temporal operator namespace create --retention ${RETENTION_DAYS}d -n ${namespace}, or correct TEMPORAL_NAMESPACE`;
    return [missing('namespace', known.message, fix)];
  }
}

async function checkSearchAttributes({ connection, namespace }: Connected): Promise<Check> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const lacking = Object.keys(SEARCH_ATTRIBUTES).filter((name) => !(name in (customAttributes ?? {})));
  if (lacking.length === 0) return ok('search attributes', `all ${Object.keys(SEARCH_ATTRIBUTES).length}`);
  return missing('search attributes', `without ${lacking.join(', ')}`, 'colibri worker control registers them');
}

async function checkControl(connected: Connected): Promise<Check> {
  const { detail } = await askControl(connected);
  if (detail === null) return ok('control worker', 'answers');
  return missing('control worker', detail, 'colibri worker control');
}

async function checkClock(connected: Connected): Promise<Check> {
  const skew = await clockSkewMs(connected);
  if (skew === null) return skipped('clock', 'the server did not tell its time');
  const seconds = `${(Math.abs(skew) / 1000).toFixed(1)} s`;
  if (Math.abs(skew) <= TOLERABLE_SKEW_MS) return ok('clock', `within ${seconds} of the server's`);
  const detail = `${seconds} ${skew > 0 ? 'ahead of' : 'behind'} the server's`;
  return warning('clock', detail, 'set the time by NTP on both: timedatectl set-ntp true');
}
