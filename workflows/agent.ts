import {
  allHandlersFinished,
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { AgentState } from '../schemas/agent.ts';
import { ColibriAgent, ColibriState, ColibriTags, fitKeywords } from '../schemas/search-attributes.ts';
import { agentDetails } from './agent-details.ts';
import { holdAgentPresence } from './agent-presence.ts';
import { AgentRecord } from './agent-record.ts';
import {
  agentState,
  arrive,
  giveBackTask,
  registerAgent,
  setMood,
  setToken,
  taskLetGo,
  taskTaken,
  unregister,
} from './messages.ts';
import { readSignal, refuseUnreadable } from './read-message.ts';
import { refusal } from './refusal.ts';
import {
  agentStatus,
  InvalidInput,
  presenceId,
  type Reader,
  readAgentArrival,
  readAgentMood,
  readAgentState,
  readRegisterAgent,
  readTaskLetGo,
  readTaskTaken,
  readTokenHash,
} from './rules.ts';
import { upsertChanged } from './upsert-changed.ts';

/** An agent silent for so long is offline, and then, after so long, forgotten; both counted from when it was last heard. */
const OFFLINE_AFTER_MS = 24 * 3_600_000;
const FORGOTTEN_AFTER_MS = 30 * 24 * 3_600_000;
/** A workflow that no registration follows was started for nothing. */
const REGISTERED_WITHIN = '1m';

/**
 * One agent outside: who it is, whether it is there, and which tasks it holds. Silence for its time-out gives its claims
 * back and makes it stale; a day of it offline; after thirty days it is forgotten. Any heartbeat before brings it back.
 */
export async function agent(input: unknown): Promise<void> {
  const record = new AgentRecord(stateFrom(input));
  const { state } = record;
  let gone = false;

  const publish = () => {
    upsertChanged([
      { key: ColibriAgent, value: state.name },
      { key: ColibriState, value: agentStatus(state) },
      { key: ColibriTags, value: fitKeywords(state.registration?.capabilities ?? []) },
    ]);
    setCurrentDetails(agentDetails(state));
  };
  /** Tells every task that it holds, which then goes to someone else. */
  const giveAllBack = async (reason: string) => {
    const claims = record.loseAll(reason, Date.now());
    if (claims.length === 0) return;
    publish();
    // A task that has ended meanwhile needs no word.
    await Promise.allSettled(
      claims.map(({ workflowId, runId, attempt }) =>
        getExternalWorkflowHandle(workflowId, runId).signal(giveBackTask, { agent: state.name, attempt, reason }),
      ),
    );
  };
  const refuseUnlessRegistered = <T>(read: Reader<T>, given: unknown) => {
    if (gone || state.registration === null) throw refusal('AgentGone', `${state.name} is not registered any more`);
    refuseUnreadable(read, given);
  };

  setHandler(agentState, () => (gone || state.registration === null ? null : state));
  setHandler(
    registerAgent,
    (given) => {
      const kept = record.register(readRegisterAgent(given), Date.now());
      publish();
      return { kept };
    },
    { validator: (given) => refuseTaken(state, gone, given) },
  );
  setHandler(
    arrive,
    ({ lost }) => {
      record.arrive(lost, Date.now());
      publish();
      return state;
    },
    { validator: (given) => refuseUnlessRegistered(readAgentArrival, given) },
  );
  setHandler(
    setMood,
    ({ mood }) => {
      record.setMood(mood, Date.now());
      publish();
    },
    { validator: (given) => refuseUnlessRegistered(readAgentMood, given) },
  );
  setHandler(
    setToken,
    ({ tokenHash }) => {
      state.tokenHash = tokenHash;
    },
    { validator: (given) => refuseUnlessRegistered(readTokenHash, given) },
  );
  setHandler(
    unregister,
    () => {
      gone = true;
    },
    { validator: () => refuseUnlessRegistered((given) => given, undefined) },
  );
  setHandler(taskTaken, (given) => {
    const taken = readSignal(readTaskTaken, given, taskTaken.name);
    if (taken === undefined) return;
    record.take(taken, Date.now());
    publish();
  });
  setHandler(taskLetGo, (given) => {
    const letGo = readSignal(readTaskLetGo, given, taskLetGo.name);
    if (letGo === undefined) return;
    record.letGo(letGo, Date.now());
    publish();
  });

  if (state.registration === null) {
    await condition(() => state.registration !== null, REGISTERED_WITHIN);
    gone = state.registration === null;
  }
  // A presence that the former run held is taken up again; an agent that was away stays away until it is heard.
  let served = state.presence === 'live' ? -1 : state.presences;
  const changed = () => gone || served !== state.presences || workflowInfo().continueAsNewSuggested;
  while (!gone && !workflowInfo().continueAsNewSuggested) {
    if (served !== state.presences) {
      served = state.presences;
      const { name } = state;
      const left = await holdAgentPresence(
        { name, activityId: presenceId(state), timeoutMs: record.timeoutMs },
        changed,
      );
      // The loss of one presence may be heard of together with the next arrival, which then has the last word.
      if (left === 'replaced' || gone || served !== state.presences) continue;
      record.fallSilent(Date.now());
      publish();
      await giveAllBack(`${name} was silent for ${record.timeoutMs / 1000} s`);
    } else {
      const limitMs = state.presence === 'stale' ? OFFLINE_AFTER_MS : FORGOTTEN_AFTER_MS;
      if (await condition(changed, Math.max(1, limitMs - record.silentMs(Date.now())))) continue;
      if (state.presence === 'stale') record.goOffline(Date.now());
      else gone = true;
      publish();
    }
  }
  await condition(allHandlersFinished);
  // Until it has ended, tasks may still be taken.
  while (gone && state.claims.length > 0) await giveAllBack(`${state.name} was unregistered`);
  if (!gone) await continueAsNew<typeof agent>(state);
}

/** One name, one agent: another may take it only with the token, or by force once its holder is silent. */
function refuseTaken(state: AgentState, gone: boolean, given: unknown): void {
  refuseUnreadable(readRegisterAgent, given);
  if (gone) throw refusal('AgentGone', `${state.name} is being unregistered: try again`);
  const { proof, force } = readRegisterAgent(given);
  if (state.registration === null || proof === state.tokenHash) return;
  if (state.presence === 'live') {
    throw refusal('AgentNameTaken', `the name ${state.name} belongs to an agent that is here (${agentStatus(state)})`);
  }
  if (!force) {
    throw refusal('AgentNameTaken', `the name ${state.name} belongs to an agent that is ${agentStatus(state)}`);
  }
}

function stateFrom(input: unknown): AgentState {
  try {
    return readAgentState(input);
  } catch (error) {
    if (error instanceof InvalidInput) throw refusal('invalid', error.message);
    throw error;
  }
}
