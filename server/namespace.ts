import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from '@temporalio/client';
import proto from '@temporalio/proto';
import { SEARCH_ATTRIBUTES } from '../schemas/search-attributes.ts';

export const RETENTION_DAYS = 7;

const { IndexedValueType } = proto.temporal.api.enums.v1;

type SearchAttributeName = keyof typeof SEARCH_ATTRIBUTES;

const TYPES = {
  Keyword: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
  KeywordList: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD_LIST,
} as const;

/** gRPC status codes, spelt out because @grpc/grpc-js is not a direct dependency. */
const NOT_FOUND = 5;
const ALREADY_EXISTS = 6;

async function ignoring<T>(code: number, call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if ((error as { code?: unknown }).code === code) return undefined;
    throw error;
  }
}

/**
 * Makes a namespace ready for Colibri on any Temporal server: creates it if it does not exist, registers the search
 * attributes it lacks and keeps results for seven days (a longer retention is left alone). Safe to repeat.
 */
export async function prepareNamespace(connection: Connection, namespace: string): Promise<void> {
  const retention = { seconds: RETENTION_DAYS * 24 * 3600 } as never;
  const found = await ignoring(NOT_FOUND, connection.workflowService.describeNamespace({ namespace }));
  if (!found) {
    const request = { namespace, workflowExecutionRetentionPeriod: retention };
    await ignoring(ALREADY_EXISTS, connection.workflowService.registerNamespace(request));
  } else if (Number(found.config?.workflowExecutionRetentionTtl?.seconds ?? 0) < RETENTION_DAYS * 24 * 3600) {
    const config = { workflowExecutionRetentionTtl: retention };
    await connection.workflowService.updateNamespace({ namespace, config });
  }
  await onceKnown(() => registerMissing(connection, namespace));
}

/** The server's parts learn of a new namespace from a list that each reads every two seconds. */
async function onceKnown(work: () => Promise<void>): Promise<void> {
  const deadline = Date.now() + 15_000;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if ((error as { code?: unknown }).code !== NOT_FOUND || Date.now() > deadline) throw error;
      await delay(100);
    }
  }
}

async function registerMissing(connection: Connection, namespace: string): Promise<void> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const names = Object.keys(SEARCH_ATTRIBUTES).filter((name) => !(name in (customAttributes ?? {})));
  await registerSearchAttributes(connection, namespace, names as SearchAttributeName[]);
}

/** Registers search attributes, all of ours unless named. */
export async function registerSearchAttributes(
  connection: Connection,
  namespace: string,
  names = Object.keys(SEARCH_ATTRIBUTES) as SearchAttributeName[],
): Promise<void> {
  if (names.length === 0) return;
  const searchAttributes = Object.fromEntries(names.map((name) => [name, TYPES[SEARCH_ATTRIBUTES[name]]]));
  await ignoring(ALREADY_EXISTS, connection.operatorService.addSearchAttributes({ namespace, searchAttributes }));
}
