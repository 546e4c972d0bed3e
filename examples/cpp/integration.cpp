// A complete little integration with the Digital Skills Registry, in C++: integration [http://127.0.0.1:50051]
//
// It exits 0 only if everything went as it must, and can be run again and again. README.md tells how to
// install what it needs and to generate the client.
#include <grpcpp/grpcpp.h>
#include <uuid/uuid.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <random>
#include <thread>

#include "digitalskills/v1/role.grpc.pb.h"
#include "digitalskills/v1/staffing.grpc.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

using namespace std::chrono;
using namespace digitalskills::v1;
using grpc::ClientContext, grpc::Status, grpc::StatusCode;

constexpr auto kDeadline = 5s;  // of a call with all its retries: a user who waits longer has gone away
const std::string kRole = "roles/example-cpp", kOrganisation = "organisations/SAMPLENHS";

void must(bool held, const std::string& what, const Status& status = Status::OK) {
    if (held) return;
    std::cerr << "not as it must be: " << what << ' ' << status.error_message() << '\n';
    std::exit(1);
}

// The detail of a failure that is of this kind, or an empty one: programs read these, never the message.
template <class Kind>
Kind detail(const Status& failure) {
    google::rpc::Status status;
    status.ParseFromString(failure.error_details());
    Kind found;
    for (const auto& packed : status.details())
        if (packed.UnpackTo(&found)) return found;
    return Kind();
}

// Makes a call, again while the registry is UNAVAILABLE and the deadline has not passed. Every other code is
// an answer that trying again does not change, or may have been carried out.
template <class Attempt>
Status call(Attempt attempt) {
    static std::mt19937 random{std::random_device{}()};
    const auto give_up = system_clock::now() + kDeadline;
    for (duration<double> backoff = 100ms;; backoff *= 2) {
        ClientContext context;  // an attempt's own: one cannot be used again
        context.set_deadline(give_up);
        context.set_wait_for_ready(true);  // between calls nothing connects again in the synchronous API
        const Status status = attempt(&context);
        if (status.error_code() != StatusCode::UNAVAILABLE) return status;
        const auto asked = detail<google::rpc::RetryInfo>(status).retry_delay();
        // Without jitter, all the clients of a registry that restarts would come back at once.
        const auto wait = std::max(backoff, duration<double>(asked.seconds() + asked.nanos() / 1e9)) *
                          std::uniform_real_distribution(1.0, 1.5)(random);
        if (system_clock::now() + wait >= give_up) return status;
        std::this_thread::sleep_for(wait);
    }
}

void list_titles(RoleService::Stub& roles) {
    ListRolesRequest request;
    request.set_page_size(2);
    request.set_filter(R"(family = "DATA" OR family = "CYBER")");
    request.set_order_by("title");
    int pages = 0;
    do {
        ListRolesResponse page;
        const Status status = call([&](auto context) { return roles.ListRoles(context, request, &page); });
        must(status.ok(), "roles are listed", status);
        std::cout << "page " << ++pages << ":\n";
        for (const auto& role : page.roles()) std::cout << "  " << role.title() << '\n';
        // A page may be short, or even empty, and not be the last: only the token tells.
        request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    must(pages > 1, "the list has several pages");
}

void upsert(RoleService::Stub& roles) {
    uuid_t id;
    char text[UUID_STR_LEN];
    uuid_generate(id);
    uuid_unparse_lower(id, text);
    UpdateRoleRequest request;
    request.set_request_id(text);  // made once, outside of the retries: it is what makes them safe
    request.set_allow_missing(true);
    request.mutable_role()->set_name(kRole);
    request.mutable_role()->set_title("Example analyst (C++)");
    request.mutable_role()->set_family("DATA");
    Role first, again;
    for (Role* answer : {&first, &again}) {
        const Status status = call([&](auto context) { return roles.UpdateRole(context, request, answer); });
        must(status.ok(), "the role is kept", status);
    }
    must(again.revision() == first.revision() && again.etag() == first.etag(), "a request sent twice is done once");
    std::cout << kRole << " is at revision " << first.revision() << ", and still when the request comes again\n";
}

std::string row_name(int number) { return kOrganisation + "/staffing/example-cpp-" + std::to_string(number); }

void import_staffing(StaffingService::Stub& staffing) {
    ImportStaffingRequest batch;
    batch.set_parent(kOrganisation);
    for (const double fte : {1.0, 0.123456, 0.6}) {  // the second has more decimals than are kept
        Staffing& row = *batch.add_staffing();
        row.set_name(row_name(batch.staffing_size()));
        row.set_subject("example-cpp-" + std::to_string(batch.staffing_size()));
        row.set_role(kRole);
        row.set_headcount(1);
        row.set_fte(fte);
        row.set_start_date("2026-04-01");
    }
    std::vector<std::string> told;
    const Status status = call([&](auto context) {
        told.clear();
        auto stream = staffing.ImportStaffing(context);
        // Sending the batch twice shows that it can be. Where the stream has ended early, Finish says why.
        if (stream->Write(batch) && stream->Write(batch)) stream->WritesDone();
        for (ImportStaffingResponse answer; stream->Read(&answer);)
            for (const auto& outcome : answer.outcomes()) {
                told.push_back(ImportVerdict_Name(outcome.verdict()).substr(sizeof("IMPORT_VERDICT_") - 1));
                for (const auto& wrong : outcome.error().violations()) told.back() += " " + wrong.field();
            }
        return stream->Finish();
    });
    must(status.ok() && told.size() == 6, "every row has an outcome", status);
    for (size_t row = 0; row < told.size(); ++row) std::cout << "row " << row + 1 << ": " << told[row] << '\n';
    must(told[3] == "UNCHANGED" && told[5] == "UNCHANGED", "good rows are kept once");
    must(told[1] == "REJECTED fte" && told[4] == told[1] && (told[0] + told[2]).find("REJECTED") == std::string::npos,
         "only the bad row is rejected");
}

void handle_errors(RoleService::Stub& roles) {
    Role answer;
    UpdateRoleRequest stale;
    stale.mutable_role()->set_name(kRole);
    stale.mutable_role()->set_etag("stale");
    stale.mutable_role()->set_title("Undone");
    // Somebody else's change since we read would be undone: the registry refuses, we would read again.
    const Status aborted = call([&](auto context) { return roles.UpdateRole(context, stale, &answer); });
    const auto info = detail<google::rpc::ErrorInfo>(aborted);
    must(aborted.error_code() == StatusCode::ABORTED && info.reason() == "ETAG_MISMATCH", "a stale etag is found", aborted);
    std::cout << "ABORTED: " << info.reason() << " by " << info.domain() << ", about " << info.metadata().at("resource") << '\n';

    CreateRoleRequest invalid;
    invalid.mutable_role()->set_family("no capitals");
    invalid.mutable_role()->set_seniority(101);
    const Status refused = call([&](auto context) { return roles.CreateRole(context, invalid, &answer); });
    const auto wrong = detail<google::rpc::BadRequest>(refused).field_violations();
    must(refused.error_code() == StatusCode::INVALID_ARGUMENT && wrong.size() == 3, "every violation is told at once", refused);
    for (const auto& field : wrong)
        std::cout << "INVALID_ARGUMENT: " << field.field() << ' ' << field.reason() << ": " << field.description() << '\n';
}

void clean_up(RoleService::Stub& roles, StaffingService::Stub& staffing) {
    google::protobuf::Empty nothing;
    // What refers to the role goes first; allow_missing, for an earlier run may have done some of it.
    for (int number = 1; number <= 3; ++number) {
        DeleteStaffingRequest request;
        request.set_name(row_name(number));
        request.set_allow_missing(true);
        const Status status = call([&](auto context) { return staffing.DeleteStaffing(context, request, &nothing); });
        must(status.ok(), "the row is deleted", status);
    }
    DeleteRoleRequest request;
    request.set_name(kRole);
    request.set_allow_missing(true);
    const Status status = call([&](auto context) { return roles.DeleteRole(context, request, &nothing); });
    must(status.ok(), "the role is deleted", status);
    std::cout << "cleaned up\n";
}

int main(int count, char** arguments) {
    const char* named = count > 1 ? arguments[1] : std::getenv("REGISTRY_ENDPOINT");
    std::string endpoint = named ? named : "http://127.0.0.1:50051";
    if (endpoint.rfind("http://", 0) == 0) endpoint.erase(0, 7);
    const auto channel = grpc::CreateChannel(endpoint, grpc::InsecureChannelCredentials());
    RoleService::Stub roles(channel);
    StaffingService::Stub staffing(channel);
    list_titles(roles);
    upsert(roles);
    import_staffing(staffing);
    handle_errors(roles);
    clean_up(roles, staffing);
}
