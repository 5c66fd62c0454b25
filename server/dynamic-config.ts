/**
 * Temporal's dynamic configuration for the embedded server, with the reason for each departure from its defaults.
 * The same values belong in the dynamic configuration of a server that one operates oneself (deploy/server).
 */
export const DYNAMIC_CONFIG: Readonly<Record<string, number | boolean>> = {
  // The default of 20 a second adds 50 ms to every dispatch on the one shard of this server.
  'history.transferProcessorMaxPollRPS': 2000,
  'history.timerProcessorMaxPollRPS': 2000,
  'history.visibilityProcessorMaxPollRPS': 2000,
  // With the default of 4 partitions, some 400 queues bring SQLite time-outs; one also keeps priorities exact.
  'matching.numTaskqueueReadPartitions': 1,
  'matching.numTaskqueueWritePartitions': 1,
  // Seconds. A declined task comes back after its 200 ms, not after a second (the default rounds every shorter timer up).
  'history.timerProcessorMaxTimeShift': 0.01,
  // Seconds. A freed slot goes by the backlogs as they are; by default their statistics are up to 5 s old.
  'matching.TaskQueueInfoByBuildIdTTL': 0.001,
  // Priorities, and fairness between submitters.
  'matching.useNewMatcher': true,
  'matching.enableFairness': true,
  // Long polls at once in a namespace (default 1,200): every open route of every host is one.
  'frontend.namespaceCount': 50_000,
  // Requests per second: a burst of heartbeats and submissions is our own, not an attack.
  'frontend.rps': 20_000,
  'frontend.namespaceRPS': 20_000,
  'frontend.namespaceRPS.visibility': 1_000,
  'matching.rps': 20_000,
  'history.rps': 20_000,
  'matching.persistenceMaxQPS': 20_000,
  'history.persistenceMaxQPS': 45_000,
  'frontend.persistenceMaxQPS': 20_000,
  // Updates at once on one workflow (default 10): the fleet and a contended lock take many more.
  'history.maxInFlightUpdates': 1_000,
  'history.maxTotalUpdates': 10_000,
  // Queries at once of a workflow that is busy (default 1, the others are sent away for seconds): every list asks the fleet.
  'history.MaxBufferedQueryCount': 1_000,
};
