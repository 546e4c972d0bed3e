// A complete little integration with the Digital Skills Registry, in TypeScript on Node.
//
//     tsx integration.ts [http://127.0.0.1:50051]
//
// It exits 0 only if everything went as it must, and can be run again and again. README.md tells how to
// install what it needs and to generate the client.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type DescMessage, create } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { type ImportOutcome, ImportStatus } from "./client/digitalskills/v1/import_pb.js";
import { RoleService, UpdateRoleRequestSchema } from "./client/digitalskills/v1/role_pb.js";
import { ImportStaffingRequestSchema, StaffingService } from "./client/digitalskills/v1/staffing_pb.js";
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from "./client/google/rpc/error_details_pb.js";

const DEADLINE = 5_000; // milliseconds for a call with all its retries: a user who waits longer has gone away
const ROLE = "roles/example-typescript";
const ORGANISATION = "organisations/SAMPLENHS";

const baseUrl = process.argv[2] ?? "http://127.0.0.1:50051";
const transport = createGrpcTransport({ baseUrl });
const roles = createClient(RoleService, transport);
const staffing = createClient(StaffingService, transport);

/** The detail of a failure that is of this kind: programs read these, never the message. */
function detail<Desc extends DescMessage>(error: ConnectError, kind: Desc) {
  return error.findDetails(kind)[0];
}

/**
 * Makes a call, again while the registry is UNAVAILABLE and the deadline has not passed. Every other code
 * is an answer that trying again does not change, or may have been carried out.
 */
async function call<T>(attempt: (options: { timeoutMs: number }) => Promise<T>): Promise<T> {
  const giveUp = performance.now() + DEADLINE;
  for (let backoff = 100; ; backoff *= 2) {
    try {
      return await attempt({ timeoutMs: giveUp - performance.now() });
    } catch (error) {
      if (!(error instanceof ConnectError) || error.code !== Code.Unavailable) throw error;
      const asked = detail(error, RetryInfoSchema)?.retryDelay;
      const least = asked ? Number(asked.seconds) * 1e3 + asked.nanos / 1e6 : 0;
      // Without jitter, all the clients of a registry that restarts would come back at once.
      const wait = Math.max(backoff, least) * (1 + Math.random() / 2);
      if (performance.now() + wait >= giveUp) throw error;
      await sleep(wait);
    }
  }
}

/** The failure of a call that must fail. */
async function failure(attempt: (options: { timeoutMs: number }) => Promise<unknown>): Promise<ConnectError> {
  const error = await call(attempt).then(() => undefined, ConnectError.from);
  assert(error, "the call should have failed");
  return error;
}

async function listTitles() {
  const query = { pageSize: 2, filter: 'family = "DATA" OR family = "CYBER"', orderBy: "title" };
  let pages = 0;
  let pageToken = "";
  do {
    const page = await call((options) => roles.listRoles({ ...query, pageToken }, options));
    console.log(`page ${++pages}: ${page.roles.map((role) => role.title).join(", ")}`);
    // A page may be short, or even empty, and not be the last: only the token tells.
    pageToken = page.nextPageToken;
  } while (pageToken);
  assert(pages > 1, "the list has several pages");
}

async function upsert() {
  // The request id is made once, outside of the retries: it is what makes them safe.
  const role = { name: ROLE, title: "Example analyst (TypeScript)", family: "DATA" };
  const request = create(UpdateRoleRequestSchema, { role, allowMissing: true, requestId: randomUUID() });
  const first = await call((options) => roles.updateRole(request, options));
  const again = await call((options) => roles.updateRole(request, options));
  assert.deepEqual([again.revision, again.etag], [first.revision, first.etag], "a request sent twice is done once");
  console.log(`${first.name} is at revision ${first.revision}, and still when the request comes again`);
}

async function importStaffing() {
  const row = (number: number, fte: number) => ({
    name: `${ORGANISATION}/staffing/example-typescript-${number}`, subject: `example-typescript-${number}`,
    role: ROLE, headcount: 1, fte, startDate: "2026-04-01", source: "example",
  });
  // The second row has more decimals than are kept. Sending the batch twice shows that it can be.
  const rows = [row(1, 1), row(2, 0.123456), row(3, 0.6)];
  const batch = create(ImportStaffingRequestSchema, { parent: ORGANISATION, staffing: rows });
  const outcomes = await call(async (options) => {
    const outcomes: ImportOutcome[] = [];
    const batches = async function* () { yield* [batch, batch]; };
    for await (const answer of staffing.importStaffing(batches(), options)) outcomes.push(...answer.outcomes);
    return outcomes;
  });
  const told = outcomes.map(({ status, error }) =>
    [ImportStatus[status] ?? status, ...(error?.violations ?? []).map(({ field }) => field)].join(" "));
  told.forEach((status, at) => console.log(`row ${outcomes[at].row}: ${status}`));
  assert.deepEqual(told.slice(3), ["UNCHANGED", "REJECTED fte", "UNCHANGED"], "good rows are kept once");
  assert(told[1] === "REJECTED fte" && !/REJECTED/.test(told[0] + told[2]), "only the bad row is rejected");
}

async function handleErrors() {
  // Somebody else's change since we read would be undone: the registry refuses, we would read again.
  const stale = { role: { name: ROLE, etag: "stale", title: "Undone" } };
  const aborted = await failure((options) => roles.updateRole(stale, options));
  const info = detail(aborted, ErrorInfoSchema);
  assert(aborted.code === Code.Aborted && info?.reason === "ETAG_MISMATCH", "a stale etag is found");
  console.log(`ABORTED: ${info.reason} by ${info.domain}, about ${info.metadata.resource}`);

  const invalid = { role: { family: "no capitals", seniority: 101 } };
  const refused = await failure((options) => roles.createRole(invalid, options));
  const violations = detail(refused, BadRequestSchema)?.fieldViolations ?? [];
  assert(refused.code === Code.InvalidArgument && violations.length === 3, "every violation is told at once");
  for (const { field, reason, description } of violations) {
    console.log(`INVALID_ARGUMENT: ${field} ${reason}: ${description}`);
  }
}

async function cleanUp() {
  // What refers to the role goes first; allowMissing, for an earlier run may have done some of it.
  for (const number of [1, 2, 3]) {
    const name = `${ORGANISATION}/staffing/example-typescript-${number}`;
    await call((options) => staffing.deleteStaffing({ name, allowMissing: true }, options));
  }
  await call((options) => roles.deleteRole({ name: ROLE, allowMissing: true }, options));
  console.log("cleaned up");
}

await listTitles();
await upsert();
await importStaffing();
await handleErrors();
await cleanUp();
