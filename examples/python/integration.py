"""A complete little integration with the Digital Skills Registry, in Python.

    python integration.py [http://127.0.0.1:50051]

It exits 0 only if everything went as it must, and can be run again and again. README.md tells how to
install what it needs and to generate the client.
"""

import random
import sys
import time
import uuid

import grpc
from digitalskills.v1 import import_pb2, role_pb2, role_pb2_grpc, staffing_pb2, staffing_pb2_grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status

DEADLINE = 5.0  # seconds for a call with all its retries: a user who waits longer has gone away
ROLE = "roles/example-python"
ORGANISATION = "organisations/SAMPLENHS"
STATUSES = {number: name.removeprefix("IMPORT_STATUS_") for name, number in import_pb2.ImportStatus.items()}


def detail(error, kind):
    """The detail of a failure that is of this kind, or None: programs read these, never the message."""
    status = rpc_status.from_call(error)
    for packed in status.details if status else []:
        found = kind()
        if packed.Unpack(found):
            return found
    return None


def call(attempt):
    # Again while the registry is UNAVAILABLE and the deadline has not passed. Every other code is an answer that
    # trying again does not change, or may have been carried out.
    give_up = time.monotonic() + DEADLINE
    backoff = 0.1
    while True:
        try:
            return attempt(give_up - time.monotonic())
        except grpc.RpcError as error:
            if error.code() != grpc.StatusCode.UNAVAILABLE:
                raise
            asked = detail(error, error_details_pb2.RetryInfo)
            wait = max(backoff, asked.retry_delay.ToTimedelta().total_seconds() if asked else 0)
            # Without jitter, all the clients of a registry that restarts would come back at once.
            wait *= random.uniform(1, 1.5)
            if time.monotonic() + wait >= give_up:
                raise
            time.sleep(wait)
            backoff *= 2


def failure(attempt):
    # The failure of a call that must fail.
    try:
        call(attempt)
    except grpc.RpcError as error:
        return error
    sys.exit("the call should have failed")


def must(held, what):
    if not held:
        sys.exit(f"not as it must be: {what}")


def list_titles(roles):
    request = role_pb2.ListRolesRequest(
        page_size=2, filter='family = "DATA" OR family = "CYBER"', order_by="title")
    pages = 0
    while True:
        page = call(lambda seconds: roles.ListRoles(request, timeout=seconds))
        pages += 1
        print(f"page {pages}: " + ", ".join(role.title for role in page.roles))
        # A page may be short, or even empty, and not be the last: only the token tells.
        if not page.next_page_token:
            break
        request.page_token = page.next_page_token
    must(pages > 1, "the list has several pages")


def upsert(roles):
    # The request id is made once, outside of the retries: it is what makes them safe.
    request = role_pb2.UpdateRoleRequest(
        role=role_pb2.Role(name=ROLE, title="Example analyst (Python)", family="DATA"),
        allow_missing=True, request_id=str(uuid.uuid4()))
    first = call(lambda seconds: roles.UpdateRole(request, timeout=seconds))
    again = call(lambda seconds: roles.UpdateRole(request, timeout=seconds))
    must(again.revision == first.revision and again.etag == first.etag, "a request sent twice is done once")
    print(f"{first.name} is at revision {first.revision}, and still when the request comes again")


def import_staffing(staffing):
    def row(number, fte):
        return staffing_pb2.Staffing(
            name=f"{ORGANISATION}/staffing/example-python-{number}", subject=f"example-python-{number}",
            role=ROLE, headcount=1, fte=fte, start_date="2026-04-01", source="example")

    # The second row has more decimals than are kept. Sending the batch twice shows that it can be.
    batch = staffing_pb2.ImportStaffingRequest(
        parent=ORGANISATION, staffing=[row(1, 1.0), row(2, 0.123456), row(3, 0.6)])
    answers = call(lambda seconds: list(staffing.ImportStaffing(iter([batch, batch]), timeout=seconds)))
    statuses = []
    for outcome in (outcome for answer in answers for outcome in answer.outcomes):
        # By number, where the service is newer than this client and knows more statuses.
        status = STATUSES.get(outcome.status, str(outcome.status))
        statuses.append(" ".join([status, *(violation.field for violation in outcome.error.violations)]))
        print(f"row {outcome.row}: {statuses[-1]}")
    must(statuses[3:] == ["UNCHANGED", "REJECTED fte", "UNCHANGED"], "good rows are kept once")
    must(statuses[1] == "REJECTED fte" and "REJECTED" not in statuses[0] + statuses[2], "only the bad row is rejected")


def handle_errors(roles):
    # Somebody else's change since we read would be undone: the registry refuses, we would read again.
    stale = role_pb2.UpdateRoleRequest(role=role_pb2.Role(name=ROLE, etag="stale", title="Undone"))
    error = failure(lambda seconds: roles.UpdateRole(stale, timeout=seconds))
    info = detail(error, error_details_pb2.ErrorInfo)
    must(error.code() == grpc.StatusCode.ABORTED and info and info.reason == "ETAG_MISMATCH", "a stale etag is found")
    print(f"{error.code().name}: {info.reason} by {info.domain}, about {info.metadata['resource']}")

    invalid = role_pb2.CreateRoleRequest(role=role_pb2.Role(family="no capitals", seniority=101))
    error = failure(lambda seconds: roles.CreateRole(invalid, timeout=seconds))
    request = detail(error, error_details_pb2.BadRequest)
    must(error.code() == grpc.StatusCode.INVALID_ARGUMENT and request and len(request.field_violations) == 3,
         "every violation is told at once")
    for violation in request.field_violations:
        print(f"{error.code().name}: {violation.field} {violation.reason}: {violation.description}")


def clean_up(roles, staffing):
    # What refers to the role goes first; allow_missing, for an earlier run may have done some of it.
    for number in (1, 2, 3):
        name = f"{ORGANISATION}/staffing/example-python-{number}"
        request = staffing_pb2.DeleteStaffingRequest(name=name, allow_missing=True)
        call(lambda seconds: staffing.DeleteStaffing(request, timeout=seconds))
    request = role_pb2.DeleteRoleRequest(name=ROLE, allow_missing=True)
    call(lambda seconds: roles.DeleteRole(request, timeout=seconds))
    print("cleaned up")


def main():
    endpoint = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:50051"
    # The channel would by itself wait too long to connect again for the deadline of a call.
    options = [("grpc.initial_reconnect_backoff_ms", 100), ("grpc.max_reconnect_backoff_ms", 1000)]
    with grpc.insecure_channel(endpoint.removeprefix("http://"), options) as channel:
        roles, staffing = role_pb2_grpc.RoleServiceStub(channel), staffing_pb2_grpc.StaffingServiceStub(channel)
        list_titles(roles)
        upsert(roles)
        import_staffing(staffing)
        handle_errors(roles)
        clean_up(roles, staffing)


if __name__ == "__main__":
    main()
