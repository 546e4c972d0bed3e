// A complete little integration with the Digital Skills Registry, in Java: Integration [http://127.0.0.1:50051]
//
// It exits 0 only if everything went as it must, and can be run again and again. README.md tells how to
// install what it needs and to generate the client.

import com.google.protobuf.Any;
import com.google.protobuf.Message;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import io.grpc.*;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.*;
import java.util.*;
import java.util.concurrent.*;
import java.util.function.Function;
import java.util.stream.Collectors;
import uk.nhs.digitalskills.v1.*;

public final class Integration {
    // Of a call with all its retries: a user who waits longer has gone away.
    static final long DEADLINE_MILLIS = 5_000;
    static final String ROLE = "roles/example-java";
    static final String ORGANISATION = "organisations/SAMPLENHS";

    static void must(boolean held, String what) {
        if (!held) throw new IllegalStateException("not as it must be: " + what);
    }

    /** The detail of a failure that is of this kind, or an empty one: programs read these, never the message. */
    static <T extends Message> T detail(StatusRuntimeException failure, Class<T> kind, T none) throws Exception {
        var status = StatusProto.fromThrowable(failure);
        for (Any packed : status == null ? List.<Any>of() : status.getDetailsList()) {
            if (packed.is(kind)) return packed.unpack(kind);
        }
        return none;
    }

    /**
     * Makes a call, again while the registry is UNAVAILABLE and the deadline has not passed. Every other code
     * is an answer that trying again does not change, or may have been carried out.
     */
    static <S extends AbstractStub<S>, T> T call(S stub, Function<S, T> attempt) throws Exception {
        var deadline = Deadline.after(DEADLINE_MILLIS, TimeUnit.MILLISECONDS);
        for (long backoff = 100; ; backoff *= 2) {
            try {
                return attempt.apply(stub.withDeadline(deadline));
            } catch (StatusRuntimeException failure) {
                if (failure.getStatus().getCode() != Status.Code.UNAVAILABLE) throw failure;
                var asked = detail(failure, RetryInfo.class, RetryInfo.getDefaultInstance()).getRetryDelay();
                long wait = Math.max(backoff, asked.getSeconds() * 1_000 + asked.getNanos() / 1_000_000);
                // Without jitter, all the clients of a registry that restarts would come back at once.
                wait += ThreadLocalRandom.current().nextLong(wait / 2);
                if (deadline.timeRemaining(TimeUnit.MILLISECONDS) <= wait) throw failure;
                Thread.sleep(wait);
            }
        }
    }

    /** The failure of a call that must fail. */
    static <S extends AbstractStub<S>> StatusRuntimeException failure(S stub, Function<S, ?> attempt) throws Exception {
        try {
            call(stub, attempt);
        } catch (StatusRuntimeException failure) {
            return failure;
        }
        throw new IllegalStateException("the call should have failed");
    }

    static void listTitles(RoleServiceGrpc.RoleServiceBlockingStub roles) throws Exception {
        var request = ListRolesRequest.newBuilder().setPageSize(2)
            .setFilter("family = \"DATA\" OR family = \"CYBER\"").setOrderBy("title");
        int pages = 0;
        do {
            var page = call(roles, stub -> stub.listRoles(request.build()));
            var titles = page.getRolesList().stream().map(Role::getTitle).collect(Collectors.joining(", "));
            System.out.printf("page %d: %s%n", ++pages, titles);
            // A page may be short, or even empty, and not be the last: only the token tells.
            request.setPageToken(page.getNextPageToken());
        } while (!request.getPageToken().isEmpty());
        must(pages > 1, "the list has several pages");
    }

    static void upsert(RoleServiceGrpc.RoleServiceBlockingStub roles) throws Exception {
        var role = Role.newBuilder().setName(ROLE).setTitle("Example analyst (Java)").setFamily("DATA");
        // The request id is made once, outside of the retries: it is what makes them safe.
        var request = UpdateRoleRequest.newBuilder().setRole(role).setAllowMissing(true)
            .setRequestId(UUID.randomUUID().toString()).build();
        var first = call(roles, stub -> stub.updateRole(request));
        must(call(roles, stub -> stub.updateRole(request)).equals(first), "a request sent twice is done once");
        System.out.printf("%s is at revision %d, and still when the request comes again%n", ROLE, first.getRevision());
    }

    static String rowName(int number) {
        return ORGANISATION + "/staffing/example-java-" + number;
    }

    /** Streams a batch twice, which shows that it can be, and reads what became of its rows. */
    static List<String> sendTwice(StaffingServiceGrpc.StaffingServiceStub staffing, ImportStaffingRequest batch) {
        var done = new CompletableFuture<List<String>>();
        var told = new ArrayList<String>();
        var batches = staffing.importStaffing(new StreamObserver<ImportStaffingResponse>() {
            @Override public void onNext(ImportStaffingResponse answer) {
                for (var outcome : answer.getOutcomesList()) {
                    var verdict = new StringBuilder(outcome.getVerdict().name().replace("IMPORT_VERDICT_", ""));
                    outcome.getError().getViolationsList().forEach(wrong -> verdict.append(' ').append(wrong.getField()));
                    told.add(verdict.toString());
                }
            }
            @Override public void onError(Throwable failure) { done.completeExceptionally(failure); }
            @Override public void onCompleted() { done.complete(told); }
        });
        batches.onNext(batch);
        batches.onNext(batch);
        batches.onCompleted();
        try {
            return done.join(); // the deadline of the call ends this wait
        } catch (CompletionException failure) {
            throw Status.fromThrowable(failure).asRuntimeException(Status.trailersFromThrowable(failure));
        }
    }

    static void importStaffing(StaffingServiceGrpc.StaffingServiceStub staffing) throws Exception {
        var batch = ImportStaffingRequest.newBuilder().setParent(ORGANISATION);
        for (double fte : new double[] {1, 0.123456, 0.6}) { // the second has more decimals than are kept
            int number = batch.getStaffingCount() + 1;
            batch.addStaffing(Staffing.newBuilder().setName(rowName(number)).setSubject("example-java-" + number)
                .setRole(ROLE).setHeadcount(1).setFte(fte).setStartDate("2026-04-01").setSource("example"));
        }
        var told = call(staffing, stub -> sendTwice(stub, batch.build()));
        for (int row = 0; row < told.size(); row++) System.out.printf("row %d: %s%n", row + 1, told.get(row));
        must(told.subList(3, 6).equals(List.of("UNCHANGED", "REJECTED fte", "UNCHANGED")), "good rows are kept once");
        must(told.get(1).equals("REJECTED fte") && !(told.get(0) + told.get(2)).contains("REJECTED"),
            "only the bad row is rejected");
    }

    static void handleErrors(RoleServiceGrpc.RoleServiceBlockingStub roles) throws Exception {
        // Somebody else's change since we read would be undone: the registry refuses, we would read again.
        var stale = Role.newBuilder().setName(ROLE).setEtag("stale").setTitle("Undone");
        var aborted = failure(roles, stub -> stub.updateRole(UpdateRoleRequest.newBuilder().setRole(stale).build()));
        var info = detail(aborted, ErrorInfo.class, ErrorInfo.getDefaultInstance());
        must(aborted.getStatus().getCode() == Status.Code.ABORTED && info.getReason().equals("ETAG_MISMATCH"),
            "a stale etag is found");
        System.out.printf("ABORTED: %s by %s, about %s%n", info.getReason(), info.getDomain(), info.getMetadataMap().get("resource"));

        var invalid = Role.newBuilder().setFamily("no capitals").setSeniority(101);
        var refused = failure(roles, stub -> stub.createRole(CreateRoleRequest.newBuilder().setRole(invalid).build()));
        var violations = detail(refused, BadRequest.class, BadRequest.getDefaultInstance()).getFieldViolationsList();
        must(refused.getStatus().getCode() == Status.Code.INVALID_ARGUMENT && violations.size() == 3,
            "every violation is told at once");
        for (var wrong : violations) {
            System.out.printf("INVALID_ARGUMENT: %s %s: %s%n", wrong.getField(), wrong.getReason(), wrong.getDescription());
        }
    }

    public static void main(String[] arguments) throws Exception {
        var named = System.getenv().getOrDefault("REGISTRY_ENDPOINT", "http://127.0.0.1:50051");
        var endpoint = arguments.length > 0 ? arguments[0] : named;
        var channel = NettyChannelBuilder.forTarget(endpoint.replaceFirst("^http://", "")).usePlaintext().build();
        var roles = RoleServiceGrpc.newBlockingStub(channel);
        var staffing = StaffingServiceGrpc.newBlockingStub(channel);
        try {
            listTitles(roles);
            upsert(roles);
            importStaffing(StaffingServiceGrpc.newStub(channel));
            handleErrors(roles);
            // What refers to the role goes first; allow_missing, for an earlier run may have done some of it.
            for (int number = 1; number <= 3; number++) {
                var row = DeleteStaffingRequest.newBuilder().setName(rowName(number)).setAllowMissing(true).build();
                call(staffing, stub -> stub.deleteStaffing(row));
            }
            var role = DeleteRoleRequest.newBuilder().setName(ROLE).setAllowMissing(true).build();
            call(roles, stub -> stub.deleteRole(role));
            System.out.println("cleaned up");
        } finally {
            channel.shutdownNow();
        }
    }
}
