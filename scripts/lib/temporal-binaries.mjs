// Where Temporal's two server programs come from; the one module that both the set-up and the product use.
export { CLI_VERSION, ensureTemporalCli, findTemporalCli } from './temporal-cli.mjs';
export { ensureTestServer, findTestServer } from './temporal-test-server.mjs';
