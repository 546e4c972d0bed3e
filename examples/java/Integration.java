// A complete little integration with the Digital Skills Registry, in Java: Integration [http://127.0.0.1:50051]
//
// It exits 0 only if it got through all of it, and can be run again and again. README.md tells how to
// install what it needs and to generate the client.

import com.google.protobuf.Message;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import uk.nhs.digitalskills.v1.*;

public final class Integration {
    static final String ROLE = "roles/example-java";
    static final String ORGANISATION = "organisations/SAMPLENHS";

    /**
     * What the channel does by itself for every call: it waits for a registry that is away, tries again what is
     * UNAVAILABLE, with backoff and jitter, from a second on, which is what the registry's RetryInfo asks, and gives
     * up at the deadline of the call with all its tries: a user who waits longer has gone away. Every other code is
     * an answer that trying again does not change, or may have been carried out.
     */
    static final Map<String, ?> POLICY = Map.of("methodConfig", List.of(Map.of(
        "name", List.of(Map.of()),
        "timeout", "5s",
        "waitForReady", true,
        "retryPolicy", Map.of(
            "maxAttempts", 5.0, "initialBackoff", "1s", "maxBackoff", "2s", "backoffMultiplier", 1.5,
            "retryableStatusCodes", List.of("UNAVAILABLE")))));

    static void must(boolean held, String what) {
        if (!held) throw new IllegalStateException("not as it must be: " + what);
    }

    /** The detail of this kind of a call that must fail: programs read these, never the message. */
    static <T extends Message> T failure(Supplier<?> call, Class<T> kind) throws Exception {
        try {
            call.get();
            throw new IllegalStateException("the call should have failed");
        } catch (StatusRuntimeException failure) {
            for (var packed : StatusProto.fromThrowable(failure).getDetailsList()) {
                if (packed.is(kind)) return packed.unpack(kind);
            }
            throw failure;
        }
    }

    static void listTitles(RoleServiceGrpc.RoleServiceBlockingStub roles) {
        var request = ListRolesRequest.newBuilder().setPageSize(2)
            .setFilter("family = \"DATA\" OR family = \"CYBER\"").setOrderBy("title");
        int pages = 0;
        do {
            var page = roles.listRoles(request.build());
            var titles = page.getRolesList().stream().map(Role::getTitle).collect(Collectors.joining(", "));
            System.out.printf("page %d: %s%n", ++pages, titles);
            // A page may be short, or even empty, and not be the last: only the token tells.
            request.setPageToken(page.getNextPageToken());
        } while (!request.getPageToken().isEmpty());
        must(pages > 1, "the list has several pages");
    }

    static void upsert(RoleServiceGrpc.RoleServiceBlockingStub roles) {
        var role = Role.newBuilder().setName(ROLE).setTitle("Example analyst (Java)").setFamily("DATA");
        // The request id is the same for every try: it is what makes them safe.
        var request = UpdateRoleRequest.newBuilder().setRole(role).setAllowMissing(true)
            .setRequestId(UUID.randomUUID().toString()).build();
        var first = roles.updateRole(request);
        must(roles.updateRole(request).equals(first), "a request sent twice is done once");
        System.out.printf("%s is at revision %d, and still when the request comes again%n", ROLE, first.getRevision());
    }

    static void importStaffing(StaffingServiceGrpc.StaffingServiceStub staffing) {
        var batch = ImportStaffingRequest.newBuilder().setParent(ORGANISATION);
        for (double fte : new double[] {1, 0.123456, 0.6}) { // the second has more decimals than are kept
            var id = "example-java-" + (batch.getStaffingCount() + 1);
            batch.addStaffing(Staffing.newBuilder().setName(ORGANISATION + "/staffing/" + id).setSubject(id)
                .setRole(ROLE).setHeadcount(1).setFte(fte).setStartDate("2026-04-01").setSource("example"));
        }
        var done = new CompletableFuture<Void>();
        var batches = staffing.importStaffing(new StreamObserver<>() {
            @Override public void onNext(ImportStaffingResponse answer) {
                for (var outcome : answer.getOutcomesList()) {
                    var status = outcome.getStatus().name().replace("IMPORT_STATUS_", "");
                    for (var wrong : outcome.getError().getViolationsList()) status += " " + wrong.getField();
                    System.out.printf("row %d: %s%n", outcome.getRow(), status);
                }
            }
            @Override public void onError(Throwable failure) { done.completeExceptionally(failure); }
            @Override public void onCompleted() { done.complete(null); }
        });
        // Twice, which shows that a batch can be. Once the stream has begun to answer the channel does not try it
        // again: import again then, what is kept stays as it is.
        batches.onNext(batch.build());
        batches.onNext(batch.build());
        batches.onCompleted();
        done.join(); // the deadline of the call ends this wait
    }

    static void handleErrors(RoleServiceGrpc.RoleServiceBlockingStub roles) throws Exception {
        // Somebody else's change since we read would be undone: the registry refuses, we would read again.
        var stale = UpdateRoleRequest.newBuilder().setRole(Role.newBuilder().setName(ROLE).setEtag("stale")).build();
        var info = failure(() -> roles.updateRole(stale), ErrorInfo.class);
        must(info.getReason().equals("ETAG_MISMATCH"), "a stale etag is found");
        System.out.printf("ABORTED: %s by %s, about %s%n", info.getReason(), info.getDomain(),
            info.getMetadataOrThrow("resource"));

        var role = Role.newBuilder().setFamily("no capitals").setSeniority(101);
        var invalid = CreateRoleRequest.newBuilder().setRole(role).build();
        for (var wrong : failure(() -> roles.createRole(invalid), BadRequest.class).getFieldViolationsList()) {
            System.out.printf("INVALID_ARGUMENT: %s %s: %s%n",
                wrong.getField(), wrong.getReason(), wrong.getDescription());
        }
    }

    public static void main(String[] arguments) throws Exception {
        var endpoint = arguments.length > 0 ? arguments[0] : "http://127.0.0.1:50051";
        var channel = NettyChannelBuilder.forTarget(endpoint.replaceFirst("^http://", "")).usePlaintext()
            .defaultServiceConfig(POLICY).enableRetry().build();
        var roles = RoleServiceGrpc.newBlockingStub(channel);
        var staffing = StaffingServiceGrpc.newBlockingStub(channel);
        try {
            listTitles(roles);
            upsert(roles);
            importStaffing(StaffingServiceGrpc.newStub(channel));
            handleErrors(roles);
            // What refers to the role goes first; allow_missing, for an earlier try may have done it.
            for (int number = 1; number <= 3; number++) {
                var name = ORGANISATION + "/staffing/example-java-" + number;
                staffing.deleteStaffing(DeleteStaffingRequest.newBuilder().setName(name).setAllowMissing(true).build());
            }
            roles.deleteRole(DeleteRoleRequest.newBuilder().setName(ROLE).setAllowMissing(true).build());
            System.out.println("cleaned up");
        } finally {
            channel.shutdownNow();
        }
    }
}
