import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { SEARCH_ATTRIBUTES } from '../schemas/search-attributes.ts';

export const RETENTION_DAYS = 7;

const TYPES = {
  Keyword: temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
  KeywordList: temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD_LIST,
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
  await onceKnown(() => registerSearchAttributes(connection, namespace));
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

/** Registers the search attributes that the namespace lacks. */
export async function registerSearchAttributes(connection: Connection, namespace: string): Promise<void> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const missing = Object.entries(SEARCH_ATTRIBUTES).filter(([name]) => !(name in (customAttributes ?? {})));
  if (missing.length === 0) return;
  const searchAttributes = Object.fromEntries(missing.map(([name, type]) => [name, TYPES[type]]));
  await ignoring(ALREADY_EXISTS, connection.operatorService.addSearchAttributes({ namespace, searchAttributes }));
}
