// A complete little integration with the Digital Skills Registry, in C++: integration [http://127.0.0.1:50051]
//
// It exits 0 only if it got through all of it, and can be run again and again. README.md tells how to
// install what it needs and to generate the client.
#include <grpcpp/grpcpp.h>
#include <uuid/uuid.h>

#include <chrono>
#include <iostream>
#include <stdexcept>

#include "digitalskills/v1/role.grpc.pb.h"
#include "digitalskills/v1/staffing.grpc.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

using namespace digitalskills::v1;

const std::string kRole = "roles/example-cpp", kStaffing = "organisations/SAMPLENHS/staffing/example-cpp-";

// What the channel does by itself for every call: it waits for a registry that is away, and tries again what is
// UNAVAILABLE, with backoff and jitter, from a second on, which is what the registry's RetryInfo asks. Every other
// code is an answer that trying again does not change, or may have been carried out.
constexpr auto kPolicy = R"({"methodConfig": [{"name": [{}], "waitForReady": true, "retryPolicy": {
    "maxAttempts": 5, "initialBackoff": "1s", "maxBackoff": "2s", "backoffMultiplier": 1.5,
    "retryableStatusCodes": ["UNAVAILABLE"]}}]})";

// The context of one call with all its tries. A user who waits longer than the deadline has gone away; set here, and
// not in the policy, the registry is told it too.
struct Call : grpc::ClientContext {
    Call() { set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(5)); }
    operator grpc::ClientContext*() { return this; }
};

void check(const grpc::Status& status) {
    if (!status.ok()) throw std::runtime_error(status.error_message());
}

// The detail of a failure that is of this kind, or an empty one: programs read these, never the message.
template <class Kind>
Kind detail(const grpc::Status& failure) {
    google::rpc::Status status;
    status.ParseFromString(failure.error_details());
    Kind found;
    for (const auto& packed : status.details()) packed.UnpackTo(&found);
    return found;
}

void upsert(RoleService::Stub& roles) {
    uuid_t id;
    char text[UUID_STR_LEN];
    uuid_generate(id);
    uuid_unparse_lower(id, text);
    UpdateRoleRequest request;
    request.set_request_id(text);  // the same for every try: it is what makes them safe
    request.set_allow_missing(true);
    request.mutable_role()->set_name(kRole);
    request.mutable_role()->set_title("Example analyst (C++)");
    request.mutable_role()->set_family("DATA");
    Role first, again;
    for (Role* answer : {&first, &again}) check(roles.UpdateRole(Call(), request, answer));
    if (again.etag() != first.etag()) throw std::logic_error("a request sent twice is done twice");
    std::cout << kRole << " is at revision " << first.revision() << ", and still when the request comes again\n";
}

void import_staffing(StaffingService::Stub& staffing) {
    ImportStaffingRequest batch;
    batch.set_parent("organisations/SAMPLENHS");
    for (const double fte : {1.0, 0.123456, 0.6}) {  // the second has more decimals than are kept
        Staffing& row = *batch.add_staffing();
        row.set_name(kStaffing + std::to_string(batch.staffing_size()));
        row.set_subject("example-cpp-" + std::to_string(batch.staffing_size()));
        row.set_role(kRole);
        row.set_headcount(1);
        row.set_fte(fte);
        row.set_start_date("2026-04-01");
    }
    Call call;
    const auto stream = staffing.ImportStaffing(call);
    // Twice, which shows that a batch can be. Where the stream has ended early, Finish says why. Once it has begun to
    // answer the channel does not try it again: import again then, what is kept stays as it is.
    if (stream->Write(batch) && stream->Write(batch)) stream->WritesDone();
    for (ImportStaffingResponse answer; stream->Read(&answer);)
        for (const auto& outcome : answer.outcomes()) {
            std::string status = ImportStatus_Name(outcome.status()).substr(sizeof("IMPORT_STATUS_") - 1);
            for (const auto& bad : outcome.error().violations()) status += " " + bad.field();
            std::cout << "row " << outcome.row() << ": " << status << '\n';
        }
    check(stream->Finish());
}

void handle_errors(RoleService::Stub& roles) {
    Role answer;
    UpdateRoleRequest stale;
    stale.mutable_role()->set_name(kRole);
    stale.mutable_role()->set_etag("stale");
    // Somebody else's change since we read would be undone: the registry refuses, we would read again.
    const auto info = detail<google::rpc::ErrorInfo>(roles.UpdateRole(Call(), stale, &answer));
    if (info.reason() != "ETAG_MISMATCH") throw std::logic_error("a stale etag is not found");
    std::cout << "ABORTED: " << info.reason() << " by " << info.domain() << ", about "
              << info.metadata().at("resource") << '\n';

    CreateRoleRequest invalid;
    invalid.mutable_role()->set_family("no capitals");
    invalid.mutable_role()->set_seniority(101);
    const auto why = detail<google::rpc::BadRequest>(roles.CreateRole(Call(), invalid, &answer));
    for (const auto& bad : why.field_violations())
        std::cout << "INVALID_ARGUMENT: " << bad.field() << ' ' << bad.reason() << ": " << bad.description() << '\n';
}

int main(int count, char** arguments) {
    const std::string endpoint = count > 1 ? arguments[1] : "http://127.0.0.1:50051";
    grpc::ChannelArguments settings;
    settings.SetServiceConfigJSON(kPolicy);
    settings.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);  // by itself it soon waits longer than the deadline
    const auto channel = grpc::CreateCustomChannel(endpoint.substr(endpoint.rfind('/') + 1),  // its host and port
                                                   grpc::InsecureChannelCredentials(), settings);
    RoleService::Stub roles(channel);
    StaffingService::Stub staffing(channel);

    ListRolesRequest request;
    request.set_page_size(2);
    request.set_filter(R"(family = "DATA" OR family = "CYBER")");
    request.set_order_by("title");
    for (int page = 1; page == 1 || !request.page_token().empty(); ++page) {
        ListRolesResponse answer;
        check(roles.ListRoles(Call(), request, &answer));
        std::cout << "page " << page << ":\n";
        for (const auto& role : answer.roles()) std::cout << "  " << role.title() << '\n';
        // A page may be short, or even empty, and not be the last: only the token tells.
        request.set_page_token(answer.next_page_token());
    }

    upsert(roles);
    import_staffing(staffing);
    handle_errors(roles);

    const auto gone = [](auto request, const std::string& name) {
        request.set_name(name);
        request.set_allow_missing(true);  // an earlier try may have done it
        return request;
    };
    google::protobuf::Empty nothing;
    // What refers to the role goes first.
    for (const auto number : {"1", "2", "3"})
        check(staffing.DeleteStaffing(Call(), gone(DeleteStaffingRequest(), kStaffing + number), &nothing));
    check(roles.DeleteRole(Call(), gone(DeleteRoleRequest(), kRole), &nothing));
    std::cout << "cleaned up\n";
}
