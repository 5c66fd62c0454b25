import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import proto from '@temporalio/proto';
import { SEARCH_ATTRIBUTES } from '../schemas/search-attributes.ts';

export const RETENTION_DAYS = 7;
const RETENTION_SECONDS = RETENTION_DAYS * 24 * 3600;

const { IndexedValueType } = proto.temporal.api.enums.v1;

type SearchAttributeName = keyof typeof SEARCH_ATTRIBUTES;

const TYPES = {
  Keyword: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
  KeywordList: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD_LIST,
  Text: IndexedValueType.INDEXED_VALUE_TYPE_TEXT,
  Int: IndexedValueType.INDEXED_VALUE_TYPE_INT,
} as const;

/** gRPC status codes, spelt out because @grpc/grpc-js is not a direct dependency. */
const INVALID_ARGUMENT = 3;
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
  const retention = msToTs(RETENTION_SECONDS * 1000);
  const found = await ignoring(NOT_FOUND, connection.workflowService.describeNamespace({ namespace }));
  if (!found) {
    const request = { namespace, workflowExecutionRetentionPeriod: retention };
    await ignoring(ALREADY_EXISTS, connection.workflowService.registerNamespace(request));
  } else if (Number(found.config?.workflowExecutionRetentionTtl?.seconds ?? 0) < RETENTION_SECONDS) {
    const config = { workflowExecutionRetentionTtl: retention };
    await connection.workflowService.updateNamespace({ namespace, config });
  }
  // Each part of the server reads the lists of namespaces and of search attributes anew every second or two.
  await retryOn(NOT_FOUND, () => registerMissing(connection, namespace));
}

async function retryOn(code: number, work: () => Promise<unknown>): Promise<void> {
  const deadline = Date.now() + 15_000;
  for (;;) {
    try {
      await work();
      return;
    } catch (error) {
      if ((error as { code?: unknown }).code !== code || Date.now() > deadline) throw error;
      await delay(100);
    }
  }
}

async function registerMissing(connection: Connection, namespace: string): Promise<void> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const names = Object.keys(SEARCH_ATTRIBUTES).filter((name) => !(name in (customAttributes ?? {})));
  if (names.length === 0) return;
  await registerSearchAttributes(connection, namespace, names as SearchAttributeName[]);
  // Until they are known everywhere, a workflow that sets one is refused.
  const query = names.map((name) => `${name} IS NULL`).join(' AND ');
  await retryOn(INVALID_ARGUMENT, () => connection.workflowService.countWorkflowExecutions({ namespace, query }));
}

/** Registers search attributes, all of ours unless named. */
export async function registerSearchAttributes(
  connection: Connection,
  namespace: string,
  names = Object.keys(SEARCH_ATTRIBUTES) as SearchAttributeName[],
): Promise<void> {
  const searchAttributes = Object.fromEntries(names.map((name) => [name, TYPES[SEARCH_ATTRIBUTES[name]]]));
  await ignoring(ALREADY_EXISTS, connection.operatorService.addSearchAttributes({ namespace, searchAttributes }));
}
